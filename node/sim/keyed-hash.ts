/**
 * Signatures for the simulator: a cheap hash over key and message, so that a wrong signer or a changed byte is
 * refused as in production, at a thousandth of the cost. Not secure, and nowhere else in use.
 */
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import type { PublicKey, Signature } from '../../shared/types/brands.ts';

const signatureBytes = 64;

/** The key's name is derived from the secret; here both are the same bytes. */
export function keyOfSeat(seat: number): PublicKey {
  const words = mix(new Uint32Array([seat + 1, 0x243f6a88, 0x85a308d3, 0x13198a2e]), new Uint8Array(0));
  return toHex(spread(words, 32)) as PublicKey;
}

export function signKeyed(key: PublicKey, message: Uint8Array): Signature {
  const keyBytes = fromHex(key);
  const view = new DataView(keyBytes.buffer, keyBytes.byteOffset, keyBytes.byteLength);
  const start = new Uint32Array([0, 4, 8, 12].map((offset) => view.getUint32(offset)));
  return spread(mix(start, message), signatureBytes) as Signature;
}

export function verifyKeyed(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  const expected = signKeyed(key, message);
  return expected.length === signature.length && expected.every((byte, index) => byte === signature[index]);
}

/** Four lanes of multiply and rotate, as in MurmurHash3. */
function mix(start: Uint32Array, message: Uint8Array): Uint32Array {
  let [a = 0, b = 0, c = 0, d = 0] = start;
  for (const byte of message) {
    a = Math.imul(a ^ byte, 0x239b961b) ^ (b >>> 7);
    b = Math.imul(b + a, 0xab0e9789) ^ (c >>> 11);
    c = Math.imul(c ^ b, 0x38b34ae5) ^ (d >>> 13);
    d = Math.imul(d + c, 0xa1e38b93) ^ (a >>> 5);
  }
  return new Uint32Array([a ^ message.length, b, c, d]);
}

function spread(words: Uint32Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let word = words[0]! ^ words[1]! ^ words[2]! ^ words[3]!;
  for (let offset = 0; offset < length; offset += 4) {
    word = Math.imul(word ^ (word >>> 15), 0x85ebca6b) + words[(offset >> 2) & 3]!;
    view.setUint32(offset, word >>> 0);
  }
  return bytes;
}
