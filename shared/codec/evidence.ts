/**
 * Encoding of evidence (rule W1): the map {first, second} of two signed votes or two seals, each as it stands in
 * consensus messages. Strict: what decodes is a conflict in the one fixed order; its signatures are not verified.
 */

import type { CborValue } from '../types/ledger.ts';
import type { Evidence, SlotMessage } from '../types/messages.ts';
import { evidenceKinds, evidenceOf, noConflict, signedText } from './conflict.ts';
import { decode, encode } from './dag-cbor.ts';
import { sealFromCbor, sealToCbor, signedVoteFromCbor, signedVoteToCbor } from './messages.ts';
import { type CborMap, isCborMap, readMap, readOneOf, wrongValue } from './structure.ts';

/** Two votes with the longest ids and integers, and their map. */
export const evidenceBytesMax = 640;
/** Two seals with the shortest ids and integers. */
export const evidenceBytesMin = 316;

export const slotMessageToCbor = (message: SlotMessage): CborMap =>
  message.kind === 'seal' ? sealToCbor(message) : signedVoteToCbor(message);

const slotMessageFromCbor = (value: CborValue | undefined, path: string): SlotMessage => {
  const map = value !== undefined && isCborMap(value) ? value : readMap(value, path, ['kind']);
  const kind = readOneOf(map, 'kind', path, evidenceKinds);
  return kind === 'seal' ? sealFromCbor(value, path) : signedVoteFromCbor(value, path);
};

export const evidenceToCbor = ({ first, second }: Pick<Evidence, 'first' | 'second'>): CborMap => ({
  first: slotMessageToCbor(first),
  second: slotMessageToCbor(second),
});

/** Throws CodecError, also for messages that do not conflict or stand in the other order. */
export const evidenceFromCbor = (value: CborValue | undefined, path: string): Evidence => {
  const map = readMap(value, path, ['first', 'second']);
  const first = slotMessageFromCbor(map.first, `${path}.first`);
  const second = slotMessageFromCbor(map.second, `${path}.second`);
  const evidence = evidenceOf(first, second);
  if (evidence === undefined) {
    const reason = noConflict(first, second) ?? 'same-content';
    throw wrongValue(`${path}.second`, 'a message that conflicts with the first', reason);
  }
  if (evidence.first !== first) {
    throw wrongValue(`${path}.second`, 'the greater of the two', signedText(second));
  }
  return evidence;
};

export const encodeEvidence = (evidence: Evidence): Uint8Array => encode(evidenceToCbor(evidence));
export const decodeEvidence = (bytes: Uint8Array): Evidence =>
  evidenceFromCbor(decode(bytes, { bytesMax: evidenceBytesMax }), 'evidence');
