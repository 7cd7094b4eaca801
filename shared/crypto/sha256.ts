import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

let implementation: Sha256 = nobleSha256;

/** 32 bytes. FIPS 180-4. */
export const sha256: Sha256 = (bytes) => implementation(bytes);

/** A host with a faster SHA-256 hands it in once, at start-up (Node: `crypto.hash`). */
export const installSha256 = (fast: Sha256): void => {
  implementation = fast;
};
