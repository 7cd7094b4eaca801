/**
 * Rule D1 for what travels beside envelopes, seen from the disk: whoever signs a PRE-PREPARE or PREPARE has every
 * payload that the batch names, unless the ledger erased it, or the transaction can only be skipped.
 */
import { toHex } from '../../../shared/codec/hex.ts';
import { decodeEnvelope } from '../../../shared/codec/ledger.ts';
import { isCborMap } from '../../../shared/codec/structure.ts';
import type { Digest, ValidatorId } from '../../../shared/types/brands.ts';
import type { CborValue, Transaction } from '../../../shared/types/ledger.ts';
import type { SlotContent } from '../../../shared/types/messages.ts';
import { readPayload } from '../../ledger/modules/payloads.ts';
import { transactionOfPair } from '../../ledger/pairs.ts';
import type { StateView } from '../../ledger/types.ts';
import type { Disk } from '../disk.ts';
import { nameOf } from './durability-watch.ts';

/** @param state after the signer's highest executed block; absent while it starts */
export function payloadFault(
  signer: ValidatorId,
  disk: Disk,
  state: StateView | undefined,
  signed: SlotContent,
): string | undefined {
  if (signed.kind !== 'prepare' && signed.kind !== 'pre-prepare') return undefined;
  if (state === undefined || signed.sequence <= disk.blocks.length) return undefined;
  for (const record of disk.records) {
    if (record.kind !== 'batch' || record.digest !== signed.content) continue;
    const absent = record.envelopes
      .map((envelope) => decodeEnvelope(envelope))
      .filter((transaction) => canRun(transaction, disk, state))
      .flatMap(digestsIn)
      .find((digest) => !disk.payloads.has(digest) && readPayload(state, digest)?.erased === undefined);
    if (absent !== undefined)
      return `${signer} signs ${nameOf(signed)} before payload ${absent.slice(0, 8)} is durable`;
  }
  return undefined;
}

function canRun({ body }: Transaction, { blocks }: Disk, state: StateView): boolean {
  const certifiedMs = blocks.at(-1)?.block.header.time ?? 0;
  return body.expiresAt > certifiedMs && transactionOfPair(state, body.sender, body.nonce) === undefined;
}

/** Not by the code that is watched. */
function digestsIn({ body: { args } }: Transaction): readonly Digest[] {
  const events: CborValue = isCborMap(args) && Array.isArray(args.events) ? args.events : [];
  return (events as readonly CborValue[]).flatMap((event) => {
    const payload = isCborMap(event) ? event.payload : undefined;
    const digest = payload !== undefined && isCborMap(payload) ? payload.digest : undefined;
    return digest instanceof Uint8Array ? [toHex(digest) as Digest] : [];
  });
}
