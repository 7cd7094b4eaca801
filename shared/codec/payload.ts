/** Payloads: bytes that travel beside an envelope and are named in it by their digest (design, section 5). */
import { digestOf } from '../crypto/digest.ts';
import type { Digest } from '../types/brands.ts';

/** Of one payload. All replicas must agree on both bounds: appends that name more are malformed. */
export const payloadBytesMax = 1024 * 1024;
/** Of all payloads that one envelope names. */
export const envelopePayloadBytesMax = 4 * 1024 * 1024;

/** What events, state and requests name a payload by: domain `payload`, over the bytes as they are kept. */
export const payloadDigest = (bytes: Uint8Array): Digest => digestOf('payload', bytes);
