/**
 * Transactions by id and by (sender key, nonce): 48 bits of either lead to numbers, and the entry itself decides.
 *
 * These keys have no order, so that each falls on a page of its own. They are therefore gathered in memory, in
 * sixteen parts by their first bits, of which every fourth write empties one: the keys of 64 writes share its pages.
 * After a kill the blocks above `completeHeight` are added again.
 */
import { writeHex } from '../../shared/codec/hex.ts';
import { digestOf } from '../../shared/crypto/digest.ts';
import type { Height, TransactionId } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';
import type { IndexPart } from './index-block.ts';

export interface LookupIndex extends IndexPart {
  /** Numbers of the transactions that may have this id. */
  byId(id: TransactionId): readonly number[];
  byPair(senderKey: string, nonce: string): readonly number[];
  /** All keys up to this height are on disk; −1 on a fresh file. */
  completeHeight(): Height;
  /** Empties all parts; to be called inside a transaction. */
  writeAll(): void;
}

/** Keys that are not on disk yet. */
interface Part {
  /** A list only where several transactions share a key: it would be the larger part of the memory. */
  readonly numbers: Map<number, number | readonly number[]>;
  /** Height up to which its keys are on disk. */
  written: number;
}

const partCount = 16;
/** A part is emptied at every fourth write, when it is worth its pages. */
const writesPerPart = 4;
const keysPerPart = 2 ** 48 / partCount;

/** The first 48 bits. Two numbers of 24 bits: small integers are what parsing is fast at. */
const keyOfId = (id: string): number =>
  Number.parseInt(id.slice(0, 6), 16) * 2 ** 24 + Number.parseInt(id.slice(6, 12), 16);
/** A digest, so that no sender can choose nonces that fall on one key. */
function keyOfPair(senderKey: string, nonce: string): number {
  writeHex(pair, 0, senderKey);
  writeHex(pair, senderKey.length / 2, nonce);
  return keyOfId(digestOf('storage-pair', pair));
}
/** Sender's key and nonce, filled in again for each. */
const pair = new Uint8Array(48);

const listOf = (numbers: number | readonly number[] | undefined): readonly number[] =>
  typeof numbers === 'number' ? [numbers] : (numbers ?? []);

export function openLookupIndex(database: Database): LookupIndex {
  const insert = database.prepare('INSERT OR IGNORE INTO lookups VALUES (?, ?)');
  const select = database.prepare<[number], number>('SELECT number FROM lookups WHERE key = ?').pluck();
  const selectProgress = database.prepare<[], number>('SELECT height FROM lookup_progress').pluck();
  const putProgress = database.prepare('INSERT OR REPLACE INTO lookup_progress VALUES (1, ?)');
  let complete = selectProgress.get() ?? -1;
  let added = complete;
  let turn = 0;
  let writes = 0;
  const parts: Part[] = Array.from({ length: partCount }, () => ({ numbers: new Map(), written: complete }));

  const partOf = (key: number): Part => parts[Math.floor(key / keysPerPart)]!;

  function gather(key: number, number: number): void {
    const { numbers } = partOf(key);
    const known = numbers.get(key);
    numbers.set(key, known === undefined ? number : [...listOf(known), number]);
  }

  function writePart(part: Part): void {
    for (const key of Float64Array.from(part.numbers.keys()).sort())
      for (const number of listOf(part.numbers.get(key))) insert.run(key, number);
    part.numbers.clear();
    part.written = added;
  }

  function noteProgress(): void {
    complete = Math.min(...parts.map(({ written }) => written));
    putProgress.run(complete);
  }

  const find = (key: number): readonly number[] => [
    ...listOf(partOf(key).numbers.get(key)),
    ...select.all(key),
  ];

  return {
    add({ height, transactions }) {
      for (const { id, senderKey, nonce, number } of transactions) {
        gather(keyOfId(id), number);
        gather(keyOfPair(senderKey, nonce), number);
      }
      added = height;
    },
    write() {
      writes++;
      if (writes % writesPerPart !== 0) return;
      writePart(parts[turn]!);
      turn = (turn + 1) % partCount;
      noteProgress();
    },
    writeAll() {
      for (const part of parts) writePart(part);
      noteProgress();
    },
    completeHeight: () => complete as Height,
    byId: (id) => find(keyOfId(id)),
    byPair: (senderKey, nonce) => find(keyOfPair(senderKey, nonce)),
  };
}
