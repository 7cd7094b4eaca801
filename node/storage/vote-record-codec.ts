/**
 * Vote records as CBOR. The shape is the one in memory (digests as text): these bytes never leave the node, and
 * each row's digest vouches for them, so that no second parser of messages is needed.
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import type { Height } from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import type { VoteRecord } from '../runtime/ports.ts';

export type BatchRecord = Extract<VoteRecord, { kind: 'batch' }>;
export type SlotRecord = Exclude<VoteRecord, BatchRecord>;

const limits = { bytesMax: 2 ** 30, depthMax: 64 };

export const encodeSlotRecord = (record: SlotRecord): Uint8Array => encode(record as unknown as CborValue);
/** Only for bytes whose row check holds. */
export const decodeSlotRecord = (bytes: Uint8Array): SlotRecord =>
  decode(bytes, limits) as unknown as SlotRecord;

/** A record of which only the latest counts, by epoch and view; others are dropped by height. */
export function latestOnly(record: SlotRecord): { kind: string; epoch: number; view: number } | undefined {
  if (record.kind === 'view-change' || record.kind === 'new-view') {
    const { epoch, view } = record.message.vote;
    return { kind: record.kind, epoch, view };
  }
  if (record.kind === 'vote' && (record.vote.kind === 'view-change' || record.vote.kind === 'new-view'))
    return { kind: `vote-${record.vote.kind}`, epoch: record.vote.epoch, view: record.vote.view };
  return undefined;
}

/** Up to which pruned height a record is needed (rule D2), and the batch whose bodies it rests on (rule D1). */
export function slotOf(record: SlotRecord): { height: Height; batch?: string } {
  switch (record.kind) {
    case 'vote':
      return { height: record.vote.sequence, batch: record.vote.content };
    case 'prepared':
      return { height: record.certificate.sequence, batch: record.certificate.batch };
    case 'ordered':
      return { height: record.height, batch: record.batch };
    case 'seal':
      return { height: record.height };
    case 'view-change':
    case 'new-view':
      return { height: record.message.vote.sequence };
  }
}
