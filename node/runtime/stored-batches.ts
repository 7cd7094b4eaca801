/** Batches that the vote store kept: what was voted for before a restart is held here again, bodies and all. */
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { Height } from '../../shared/types/brands.ts';
import type { Batches } from './batches.ts';
import type { VoteRecord } from './ports.ts';

/** @param otherwise the height of those that no vote names */
export function holdStoredBatches(
  records: readonly VoteRecord[],
  batches: Pick<Batches, 'hold'>,
  otherwise: Height,
): void {
  const sequences = new Map<string, Height>();
  for (const record of records) {
    if (record.kind === 'vote') raise(sequences, record.vote.content, record.vote.sequence);
    if (record.kind === 'ordered') raise(sequences, record.batch, record.height);
  }
  for (const record of records) {
    if (record.kind !== 'batch') continue;
    const transactions = record.envelopes.map((envelope) => decodeEnvelope(envelope));
    const sequence = sequences.get(record.digest) ?? otherwise;
    batches.hold(record.digest, sequence, { batch: record.batch, transactions });
  }
}

/** One batch may be proposed at several heights: it is held for all of them. */
function raise(sequences: Map<string, Height>, digest: string, sequence: Height): void {
  const before = sequences.get(digest);
  if (before === undefined || before < sequence) sequences.set(digest, sequence);
}
