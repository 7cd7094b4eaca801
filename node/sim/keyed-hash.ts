/**
 * Signatures for the simulator: a cheap hash over key and message, so that a wrong signer or a changed byte is
 * refused as in production, at a thousandth of the cost. Not secure, and nowhere else in use.
 */
import { equalBytes, fromHex, toHex } from '../../shared/codec/hex.ts';
import type { PublicKey, Signature } from '../../shared/types/brands.ts';

const signatureBytes = 64;
const keyBytes = 32;

/** Four 32-bit words: the state of the hash. */
type Words = readonly [number, number, number, number];

/** Name and secret of a key are the same here. */
export function keyOfSeat(seat: number): PublicKey {
  const words = mix([seat + 1, 0x243f6a88, 0x85a308d3, 0x13198a2e], new Uint8Array([1, 2, 3, 4]));
  return toHex(spread(words, keyBytes)) as PublicKey;
}

export function signKeyed(key: PublicKey, message: Uint8Array): Signature {
  return spread(mix(wordsOf(key), message), signatureBytes) as Signature;
}

export function verifyKeyed(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return equalBytes(signKeyed(key, message), signature);
}

const startOfKey = new Map<PublicKey, Words>();

function wordsOf(key: PublicKey): Words {
  const known = startOfKey.get(key);
  if (known !== undefined) return known;
  const view = new DataView(fromHex(key).buffer);
  const words: Words = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  startOfKey.set(key, words);
  return words;
}

/** Four lanes of multiply and shift, in the manner of MurmurHash3. */
function mix(start: Words, message: Uint8Array): Words {
  let [a, b, c, d] = start;
  for (let index = 0; index < message.length; index += 1) {
    a = Math.imul(a ^ message[index]!, 0x239b961b) ^ (b >>> 7);
    b = Math.imul(b + a, 0xab0e9789) ^ (c >>> 11);
    c = Math.imul(c ^ b, 0x38b34ae5) ^ (d >>> 13);
    d = Math.imul(d + c, 0xa1e38b93) ^ (a >>> 5);
  }
  return [a ^ message.length, b, c, d];
}

function spread(words: Words, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let word = words[0] ^ words[1] ^ words[2] ^ words[3];
  for (let offset = 0; offset < length; offset += 4) {
    word = (Math.imul(word ^ (word >>> 15), 0x85ebca6b) + words[((offset >> 2) & 3) as 0 | 1 | 2 | 3]) | 0;
    bytes[offset] = word;
    bytes[offset + 1] = word >>> 8;
    bytes[offset + 2] = word >>> 16;
    bytes[offset + 3] = word >>> 24;
  }
  return bytes;
}
