/** The newest blocks as they were written: those who follow the ledger ask for them at once, and all together. */
import type { BlockHash, Height, TransactionId } from '../../shared/types/brands.ts';
import type { Batch, Certificate } from '../../shared/types/ledger.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type { BlockRow } from './ledger-file.ts';

export interface RecentBlock {
  readonly row: BlockRow;
  /** Of the transactions that ran, in their order. */
  readonly transactionIds: readonly TransactionId[];
}

export interface RecentBlocks {
  add(block: ExecutedBlock, certificate: Certificate, batch: Batch, first: number): void;
  at(height: Height): RecentBlock | undefined;
  heightOf(hash: BlockHash): Height | undefined;
}

const keptBlocks = 64;

export function recentBlocks(): RecentBlocks {
  const byHeight = new Map<Height, RecentBlock>();
  const heights = new Map<BlockHash, Height>();

  function forgetOldest(): void {
    const oldest = byHeight.values().next().value;
    if (byHeight.size <= keptBlocks || oldest === undefined) return;
    byHeight.delete(oldest.row.height);
    heights.delete(oldest.row.hash);
  }

  return {
    at: (height) => byHeight.get(height),
    heightOf: (hash) => heights.get(hash),
    add(block, certificate, batch, first) {
      const { height, hash, header, headerBytes, ran, opening, closing } = block;
      const failed = ran.filter(({ outcome }) => outcome.status === 'failed').length;
      const body = { batch, hasBody: true, first, ran: ran.length, failed };
      const row = { height, hash, header, headerBytes, certificate, ...body, opening, closing };
      byHeight.set(height, { row, transactionIds: ran.map(({ transaction }) => transaction.id) });
      heights.set(hash, height);
      forgetOldest();
    },
  };
}
