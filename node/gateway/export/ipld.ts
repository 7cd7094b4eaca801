/** DAG-CBOR with links, and content ids (https://ipld.io/specs/codecs/dag-cbor/spec/, CIDv1). */
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { sortedKeys } from '../../../shared/codec/dag-cbor-keys.ts';
import { sha256 } from '../../../shared/crypto/sha256.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';

/** Version 1, codec dag-cbor, SHA-256. */
export class Cid {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Of bytes in DAG-CBOR. */
  static of(block: Uint8Array): Cid {
    return new Cid(Buffer.concat([cidPrefix, sha256(block)]));
  }

  /** Multibase base32, lower case, without padding. */
  toString(): string {
    return `b${base32(this.bytes)}`;
  }
}

const cidPrefix = Uint8Array.of(0x01, 0x71, 0x12, 0x20);

export type Linked = CborValue | Cid | readonly Linked[] | { readonly [name: string]: Linked };

/** The subset of shared/codec, and links as tag 42. */
export function encodeLinked(value: Linked): Uint8Array {
  if (value instanceof Cid)
    return Buffer.concat([Uint8Array.of(0xd8, 0x2a), encode(Buffer.concat([zero, value.bytes]))]);
  if (Array.isArray(value)) return Buffer.concat([head(0x80, value.length), ...value.map(encodeLinked)]);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array)
    return encode(value as CborValue);
  const map = value as { readonly [name: string]: Linked };
  const keys = sortedKeys(Object.keys(map));
  const members = keys.flatMap((key) => [encode(key), encodeLinked(map[key] as Linked)]);
  return Buffer.concat([head(0xa0, keys.length), ...members]);
}

/** Binary as a link holds it begins with the identity multibase. */
const zero = Uint8Array.of(0);

/** Major type with its length, in as few bytes as hold it: an integer's head with other first bits. */
function head(major: number, length: number): Uint8Array {
  const bytes = Uint8Array.from(encode(length));
  bytes[0] = major | (bytes[0] ?? 0);
  return bytes;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

function base32(bytes: Uint8Array): string {
  let text = '';
  let [bits, held] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet[(held << (5 - bits)) & 31];
}
