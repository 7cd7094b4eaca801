/**
 * Transactions by id and by (sender key, nonce): 48 bits of either lead to numbers, and the entry itself decides.
 * Short keys keep this, the only part whose inserts have no order, small.
 */
import { fromHex } from '../../shared/codec/hex.ts';
import { digestBytes } from '../../shared/crypto/digest.ts';
import type { TransactionId } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';
import type { IndexPart } from './index-block.ts';

export interface LookupIndex extends IndexPart {
  /** Numbers of the transactions that may have this id. */
  byId(id: TransactionId): readonly number[];
  byPair(senderKey: string, nonce: string): readonly number[];
}

const keyOfId = (id: string): number => Number.parseInt(id.slice(0, 12), 16);
/** A digest, so that no sender can choose nonces that fall on one key. */
const keyOfPair = (senderKey: string, nonce: string): number =>
  Buffer.from(digestBytes('storage-pair', fromHex(senderKey + nonce)).buffer).readUIntBE(0, 6);

export function openLookupIndex(database: Database): LookupIndex {
  const insert = database.prepare('INSERT OR IGNORE INTO lookups VALUES (?, ?)');
  const select = database.prepare<[number], number>('SELECT number FROM lookups WHERE key = ?').pluck();
  let pending: (readonly [key: number, number: number])[] = [];

  return {
    add({ transactions }) {
      for (const { id, senderKey, nonce, number } of transactions)
        pending.push([keyOfId(id), number], [keyOfPair(senderKey, nonce), number]);
    },
    write() {
      // Neighbours share pages.
      for (const [key, number] of pending.sort((a, b) => a[0] - b[0])) insert.run(key, number);
      pending = [];
    },
    byId: (id) => select.all(keyOfId(id)),
    byPair: (senderKey, nonce) => select.all(keyOfPair(senderKey, nonce)),
  };
}
