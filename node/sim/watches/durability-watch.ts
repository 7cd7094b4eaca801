/**
 * Rule D1 seen from the disk: at the moment of signing, the message and all it rests on are durable there.
 * Rule D2: nothing leaves the vote store before a certified block at that height is durable.
 */
import type { Digest, Height, ValidatorId, View } from '../../../shared/types/brands.ts';
import type { SlotContent } from '../../../shared/types/messages.ts';
import { nullBatchDigest } from '../../consensus/null-batch.ts';
import type { VoteRecord } from '../../runtime/ports.ts';
import type { Disk } from '../disk.ts';

/** undefined, or what is missing on this disk. */
export function durabilityFault(signer: ValidatorId, disk: Disk, signed: SlotContent): string | undefined {
  const missing = missingFor(disk, signed);
  return missing === undefined ? undefined : `${signer} signs ${nameOf(signed)} before ${missing} is durable`;
}

export function pruningFault(owner: ValidatorId, disk: Disk, height: Height): string | undefined {
  if (disk.blocks.length >= height) return undefined;
  return `${owner} prunes votes up to ${height} before that certified block is durable`;
}

/** What a certified block covers by now, or a higher view of the same kind, may have left the store again (D2). */
function missingFor(disk: Disk, signed: SlotContent): string | undefined {
  if (isSettled(disk, signed)) return undefined;
  if (!disk.records.some((record) => isRecordOf(record, signed))) return 'it';
  if (signed.kind === 'seal') return hasOrdered(disk, signed.height) ? undefined : 'the ordered batch';
  const { kind, view, sequence, content } = signed;
  if (kind === 'pre-prepare' || kind === 'prepare') return hasBatch(disk, content) ? undefined : 'its batch';
  if (kind !== 'commit') return undefined;
  if (!hasBatch(disk, content)) return 'its batch';
  return hasPrepared(disk, view, sequence, content) ? undefined : 'its prepared certificate';
}

function isSettled(disk: Disk, signed: SlotContent): boolean {
  if (signed.kind === 'seal') return signed.height <= disk.blocks.length;
  if (signed.kind !== 'view-change' && signed.kind !== 'new-view')
    return signed.sequence <= disk.blocks.length;
  return disk.records.some(
    (record) =>
      record.kind === signed.kind &&
      (record.message.vote.epoch > signed.epoch ||
        (record.message.vote.epoch === signed.epoch && record.message.vote.view > signed.view)),
  );
}

function isRecordOf(record: VoteRecord, signed: SlotContent): boolean {
  if (record.kind === 'seal')
    return signed.kind === 'seal' && record.height === signed.height && record.block === signed.block;
  if (signed.kind === 'seal') return false;
  const vote =
    record.kind === 'vote'
      ? record.vote
      : record.kind === 'view-change' || record.kind === 'new-view'
        ? record.message.vote
        : undefined;
  return (
    vote?.kind === signed.kind &&
    vote.epoch === signed.epoch &&
    vote.view === signed.view &&
    vote.sequence === signed.sequence &&
    vote.content === signed.content
  );
}

/** In the vote store with all bodies, or in the block store. The null batch has no bodies. */
function hasBatch(disk: Disk, digest: Digest): boolean {
  if (digest === nullBatchDigest) return true;
  const stored = disk.records.some(
    (record) =>
      record.kind === 'batch' &&
      record.digest === digest &&
      record.envelopes.length === record.batch.ids.length,
  );
  return stored || disk.blocks.some(({ block }) => block.header.batch === digest);
}

const hasOrdered = (disk: Disk, height: Height): boolean =>
  disk.records.some((record) => record.kind === 'ordered' && record.height === height);

const hasPrepared = (disk: Disk, view: View, sequence: Height, batch: Digest): boolean =>
  disk.records.some(
    (record) =>
      record.kind === 'prepared' &&
      record.certificate.view === view &&
      record.certificate.sequence === sequence &&
      record.certificate.batch === batch,
  );

export const nameOf = (signed: SlotContent): string =>
  signed.kind === 'seal'
    ? `its seal of height ${signed.height}`
    : `its ${signed.kind} in view ${signed.view} at ${signed.sequence}`;
