import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../codec/hex.ts';

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The same digest in other forms, for hosts that have them without the array in between: small arrays are dear. */
export interface Sha256Forms {
  /** Lower-case. */
  readonly hex: (bytes: Uint8Array) => string;
  /** 32 bytes from `at` on. */
  readonly into: (bytes: Uint8Array, target: Uint8Array, at: number) => void;
}

const formsOf = (digest: Sha256): Sha256Forms => ({
  hex: (bytes) => toHex(digest(bytes)),
  into: (bytes, target, at) => target.set(digest(bytes), at),
});

let implementation: Sha256 = nobleSha256;
let forms: Sha256Forms = formsOf(nobleSha256);

/** 32 bytes. FIPS 180-4. */
export const sha256: Sha256 = (bytes) => implementation(bytes);
export const sha256Hex: Sha256Forms['hex'] = (bytes) => forms.hex(bytes);
export const sha256Into: Sha256Forms['into'] = (bytes, target, at) => forms.into(bytes, target, at);

/** A host with a faster SHA-256 hands it in once, at start-up (Node: `crypto.hash`). */
export const installSha256 = (fast: Sha256, fastForms: Sha256Forms = formsOf(fast)): void => {
  implementation = fast;
  forms = fastForms;
};
