/** Payloads: bytes that travel beside an envelope and are named in it by their digest (design, section 5). */
import { digestOf } from '../crypto/digest.ts';
import type { Digest } from '../types/brands.ts';
import { toUtf8 } from './utf8.ts';

/** Of one payload. All replicas must agree on both bounds: appends that name more are malformed. */
export const payloadBytesMax = 1024 * 1024;
/** Of all payloads that one envelope names. */
export const envelopePayloadBytesMax = 4 * 1024 * 1024;

/** What events, state and requests name a payload by: domain `payload`, over the bytes as they are kept. */
export const payloadDigest = (bytes: Uint8Array): Digest => digestOf('payload', bytes);

/**
 * How the file of a sealed payload begins that may be erased: its first stanza, which readers of age skip. The ledger
 * reads no bytes, so that whoever sees them on their way could name them in an event of his own, as what may not be
 * erased; with this in them, no honest node orders that. It is part of what the header's MAC covers.
 */
export const erasableStanza = 'concordat/erasable';
export const erasableBeginning = toUtf8(`age-encryption.org/v1\n-> ${erasableStanza}\n\n`);

/** Whether these bytes say of themselves that they may be erased. */
export const saysErasable = (bytes: Uint8Array): boolean =>
  bytes.length >= erasableBeginning.length && erasableBeginning.every((byte, at) => bytes[at] === byte);
