/** What came along with an envelope: each payload must be one that its events name, as they name it. */
import { envelopePayloadBytesMax, payloadBytesMax, payloadDigest } from '../../shared/codec/payload.ts';
import type { Digest } from '../../shared/types/brands.ts';
import type { Rejection, Transaction } from '../../shared/types/ledger.ts';
import { payloadsNamed } from '../ledger/modules/streams.ts';
import { rejection } from '../ledger/rejections.ts';

/** A payload that is named and did not come may be on the node: that is for the node to say. */
export function takePayloads(
  transaction: Transaction,
  payloads: readonly Uint8Array[],
): ReadonlyMap<Digest, Uint8Array> | Rejection {
  const tooLarge = sizeRefusal(payloads);
  if (tooLarge !== undefined) return tooLarge;
  const sizes = new Map(payloadsNamed(transaction).map(({ digest, size }) => [digest, size]));
  const taken = new Map(payloads.map((bytes) => [payloadDigest(bytes), bytes]));
  const absent = [...sizes.keys()].find((digest) => !taken.has(digest));
  for (const [digest, bytes] of taken) {
    const named = sizes.get(digest);
    if (named === undefined) {
      // Something else was to come in its place.
      if (absent !== undefined)
        return rejection({ code: 'payload-digest-mismatch', facts: { digest: absent, actual: digest } });
      return rejection({ code: 'payload-unreferenced', facts: { digest } });
    }
    if (named !== bytes.length)
      return rejection({ code: 'payload-size-mismatch', facts: { digest, bytes: bytes.length, named } });
  }
  return taken;
}

function sizeRefusal(payloads: readonly Uint8Array[]): Rejection | undefined {
  const largest = payloads.reduce((most, { length }) => Math.max(most, length), 0);
  const all = payloads.reduce((sum, { length }) => sum + length, 0);
  if (largest > payloadBytesMax)
    return rejection({ code: 'payload-too-large', facts: { bytes: largest, bytesMax: payloadBytesMax } });
  if (all > envelopePayloadBytesMax)
    return rejection({ code: 'payload-too-large', facts: { bytes: all, bytesMax: envelopePayloadBytesMax } });
  return undefined;
}
