/** In which epoch, and at which height, what a vote record holds counts (rules D2, E1). */
import { type Epoch, epochOf, type Height } from '../../shared/types/brands.ts';
import type { VoteRecord } from './ports.ts';

type SlotRecord = Exclude<VoteRecord, { kind: 'batch' }>;

/** undefined: it names none, for it only says what was ordered. */
export function epochOfRecord(record: SlotRecord): Epoch | undefined {
  switch (record.kind) {
    case 'vote':
      return record.vote.epoch;
    case 'prepared':
      return record.certificate.epoch;
    case 'ordered':
      return undefined;
    case 'seal':
      return epochOf(record.epoch);
    case 'view-change':
    case 'new-view':
      return record.message.vote.epoch;
  }
}

/** 0 of a VIEW-CHANGE and a NEW-VIEW, which have no sequence. */
function heightOfRecord(record: SlotRecord): Height {
  switch (record.kind) {
    case 'vote':
      return record.vote.sequence;
    case 'prepared':
      return record.certificate.sequence;
    case 'ordered':
    case 'seal':
      return record.height;
    case 'view-change':
    case 'new-view':
      return record.message.vote.sequence;
  }
}

/** The epoch that began last, and where. */
export interface Fence {
  readonly epoch: Epoch;
  readonly firstHeight: Height;
}

/** @throws Error if one of them would let an epoch that is over order at or above its end. */
export function requireInside(fence: Fence | undefined, records: readonly VoteRecord[]): void {
  if (fence === undefined) return;
  for (const record of records) {
    const epoch = record.kind === 'batch' ? undefined : epochOfRecord(record);
    if (record.kind === 'batch' || epoch === undefined || epoch >= fence.epoch) continue;
    const height = heightOfRecord(record);
    if (height >= fence.firstHeight)
      throw new Error(
        `Rule E1: a ${record.kind} of epoch ${epoch} at ${height}, but epoch ${fence.epoch} began at ${fence.firstHeight}`,
      );
  }
}
