import type { StateJson } from '../../../shared/api.ts';
import { CodecError } from '../../../shared/codec/codec-error.ts';
import { decode } from '../../../shared/codec/dag-cbor.ts';
import { fromBase64Url } from '../../../shared/codec/hex.ts';
import { decodeHeader } from '../../../shared/codec/ledger.ts';
import type { VerifySignature } from '../../../shared/crypto/ed25519.ts';
import { type Check, checklist, failed, malformed } from '../../../shared/protocol/checks.ts';
import type { KnownEpochs } from '../../../shared/protocol/known-epochs.ts';
import { opening } from '../../../shared/protocol/verify-receipt.ts';
import { verifyStateEntry } from '../../../shared/protocol/verify-state.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import type { CborValue, Header } from '../../../shared/types/ledger.ts';
import type { Proven, VerificationReport } from '../features/verify/checks.ts';
import { certificateOf } from '../lib/wire.ts';
import { networkOf } from './check-certificate.ts';
import { sealersOf } from './follow-epochs.ts';
import { readable } from './readable.ts';

/** A value of state, or its absence, with what the checks left of it. */
export interface CheckedEntry extends VerificationReport {
  /** Decoded from the proven bytes; undefined if absent, or not proven. */
  readonly value?: CborValue;
}

/** That the key which was asked for has this value, or none, in the state after a certified block. */
export async function checkState(
  key: string,
  entry: StateJson,
  known: KnownEpochs,
  verify: VerifySignature,
): Promise<CheckedEntry> {
  const value = entry.value === null ? undefined : fromBase64Url(entry.value);
  if (entry.certificate === null) return checklist([uncertified(entry)]);
  const { siblings, otherLeaf } = entry.proof;
  const claim = {
    key,
    ...(value === undefined ? {} : { value }),
    proof: {
      siblings: siblings as readonly string[] as readonly Digest[],
      ...(otherLeaf === undefined ? {} : { otherLeaf: otherLeaf as { key: Digest; value: Digest } }),
    },
    header: fromBase64Url(entry.headerBytes),
    certificate: certificateOf(entry.certificate),
  };
  const header = opening(() => decodeHeader(claim.header));
  if (header instanceof CodecError) return { checks: [malformed(header)] };
  const epoch = sealersOf(header, known);
  if ('id' in epoch) return { checks: [epoch] };
  const { checks, ok } = await verifyStateEntry(claim, epoch, verify);
  if (!ok) return { checks };
  const decoded = value === undefined ? undefined : decode(value);
  return {
    checks: checks.map((check) => (check.id === 'history' ? fromGenesis(check, known) : check)),
    proven: provenEntry(key, decoded, header, entry, known),
    ...(decoded === undefined ? {} : { value: decoded }),
  };
}

const fromGenesis = (check: Check, known: KnownEpochs): Check => ({
  ...check,
  inputs: { 'genesis block': networkOf(known), ...check.inputs },
});

/** Before the first block there is no header that anyone sealed. */
const uncertified = ({ height }: StateJson): Check =>
  failed('quorum', 'too-few-signers', {
    expected: 'a certified block',
    actual: `block ${height} without a certificate`,
  });

function provenEntry(
  key: string,
  value: CborValue | undefined,
  { height, time }: Header,
  { certificate }: StateJson,
  known: KnownEpochs,
): Proven {
  const entry = { key, ...(value === undefined ? {} : { value: readable(value) }) };
  return { network: networkOf(known), height, block: certificate?.block ?? '', time, entry };
}
