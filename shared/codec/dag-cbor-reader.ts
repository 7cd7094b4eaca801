/** Reads the one encoding of a value and refuses every other (dag-cbor.ts). */
import type { CborValue } from '../types/ledger.ts';
import { CodecError } from './codec-error.ts';
import { defaultDepthMax, fault, PlainMap, shortText, uint32Size } from './dag-cbor-form.ts';
import { fromUtf8 } from './utf8.ts';

export interface DecodeLimits {
  /** Bytes of the whole input at most; 16 MiB if absent. */
  readonly bytesMax?: number;
  /**
   * Items of arrays, and keys and values of maps, all together. If absent, as many as the bytes hold: an empty item
   * is one byte, and a hundred in memory.
   */
  readonly itemsMax?: number;
  /** Arrays and maps inside one another at most; 32 if absent. */
  readonly depthMax?: number;
}

const defaultBytesMax = 16 * 1024 * 1024;

/**
 * Throws CodecError on any byte sequence that is not the one encoding of a value of the subset. Allocates no
 * more than the input holds, whatever its length headers say.
 */
export const decode = (bytes: Uint8Array, limits: DecodeLimits = {}): CborValue => {
  const bytesMax = limits.bytesMax ?? defaultBytesMax;
  if (bytes.length > bytesMax) {
    throw new CodecError('too-large', { path: 'byte 0', expected: `≤ ${bytesMax} bytes`, got: bytes.length });
  }
  const reader = new Reader(bytes, limits);
  const value = reader.value(0);
  reader.finish();
  return value;
};

/**
 * Values of a map that has exactly these keys, given in canonical order, each of less than 24 characters of ASCII: for
 * what is read so often that a map in between would show. Byte strings among the values are views of `bytes`, not
 * copies. Undefined for every other input: `decode` says what is wrong with it.
 */
export const decodeFields = (
  bytes: Uint8Array,
  keys: readonly string[],
  limits: DecodeLimits = {},
): CborValue[] | undefined => {
  if (bytes.length > (limits.bytesMax ?? defaultBytesMax)) return undefined;
  const reader = new Reader(bytes, limits);
  try {
    const values = reader.fields(keys);
    if (values !== undefined) reader.finish();
    return values;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
};

/** Keys by a mark of their bytes; a later key with the same mark takes the place. */
const knownKeys: (string | undefined)[] = new Array<string | undefined>(512).fill(undefined);

/** Upper half of the greatest safe integer. */
const safeHighMax = 2 ** 21 - 1;

class Reader {
  private readonly bytes: Uint8Array;
  private readonly depthMax: number;
  private itemsLeft: number;
  private at = 0;
  /** Bytes of the key that was read last. */
  private keySize = 0;

  constructor(bytes: Uint8Array, { depthMax, itemsMax }: DecodeLimits) {
    // A Node Buffer's slice shares memory; a plain Uint8Array's copies.
    const isPlain = bytes.constructor === Uint8Array;
    this.bytes = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.depthMax = depthMax ?? defaultDepthMax;
    this.itemsLeft = itemsMax ?? bytes.length;
  }

  finish(): void {
    if (this.at < this.bytes.length) {
      throw fault('trailing-bytes', this.at, 'the end', `${this.bytes.length - this.at} bytes more`);
    }
  }

  /** Undefined if the map has other keys. */
  fields(keys: readonly string[]): CborValue[] | undefined {
    const start = this.at;
    if (this.byte() !== (0xa0 | keys.length)) return undefined;
    this.enter(0, 2 * keys.length, start);
    const values: CborValue[] = [];
    for (const key of keys) {
      if (this.byte() !== (0x60 | key.length) || !this.spells(key, this.at)) return undefined;
      this.at += key.length;
      values.push(this.field());
    }
    return values;
  }

  private field(): CborValue {
    const start = this.at;
    const initial = this.bytes[start];
    if (initial === undefined || initial >> 5 !== 2) return this.value(1);
    this.at += 1;
    const from = this.skip(this.size(initial & 31, start));
    return this.bytes.subarray(from, this.at);
  }

  value(depth: number): CborValue {
    const start = this.at;
    const initial = this.byte();
    const major = initial >> 5;
    const info = initial & 31;
    switch (major) {
      case 0:
        return this.integer(info, start);
      case 1:
        return this.negative(info, start);
      case 2:
        return this.byteString(this.size(info, start));
      case 3:
        return this.text(this.size(info, start), start);
      case 4:
        return this.array(this.size(info, start), depth, start);
      case 5:
        return this.map(this.size(info, start), depth, start);
      case 6:
        throw fault('unsupported-type', start, 'no tags', `tag head 0x${initial.toString(16)}`);
      default:
        return this.simple(info, start);
    }
  }

  private integer(info: number, start: number): number | bigint {
    if (info !== 27) return this.argument(info, start);
    return this.safeWide(start) ?? this.wide(start);
  }

  private negative(info: number, start: number): number | bigint {
    if (info !== 27) return -1 - this.argument(info, start);
    const value = -1n - this.wide(start);
    return value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value;
  }

  private array(count: number, depth: number, start: number): readonly CborValue[] {
    this.enter(depth, count, start);
    const items: CborValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    return items;
  }

  private map(count: number, depth: number, start: number): { readonly [key: string]: CborValue } {
    this.enter(depth, 2 * count, start);
    const map = new PlainMap();
    let previousFrom = 0;
    let previousSize = -1;
    for (let i = 0; i < count; i++) {
      const at = this.at;
      const key = this.key();
      const size = this.keySize;
      const from = this.at - size;
      if (previousSize >= size) this.ordered(previousFrom, previousSize, from, size, at);
      map[key] = this.value(depth + 1);
      previousFrom = from;
      previousSize = size;
    }
    return map;
  }

  private key(): string {
    const start = this.at;
    const initial = this.byte();
    if (initial >> 5 !== 3) throw fault('map-key', start, 'text', `head 0x${initial.toString(16)}`);
    const size = this.size(initial & 31, start);
    this.keySize = size;
    return size > 0 && size <= shortText ? this.knownKey(size, start) : this.text(size, start);
  }

  /** Maps repeat their keys: a string that was read before is found by its bytes and made only once. */
  private knownKey(size: number, start: number): string {
    const { bytes, at: from } = this;
    if (size > bytes.length - from) return this.text(size, start);
    const mark =
      (size * 31 + bytes[from]! * 7 + bytes[from + size - 1]! * 13 + bytes[from + (size >> 1)]!) & 511;
    const known = knownKeys[mark];
    if (known !== undefined && known.length === size && this.spells(known, from)) {
      this.at += size;
      return known;
    }
    const key = this.text(size, start);
    if (key.length === size) knownKeys[mark] = key;
    return key;
  }

  /** `text` has as many units as bytes are compared: only ASCII can be equal. */
  private spells(text: string, from: number): boolean {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.bytes[from + i]) return false;
    return true;
  }

  /** The order of the keys' bytes, as they stand: shorter first, then byte by byte. */
  private ordered(previousFrom: number, previousSize: number, from: number, size: number, at: number): void {
    const { bytes } = this;
    let order = previousSize - size;
    for (let i = 0; order === 0 && i < size; i++) order = bytes[previousFrom + i]! - bytes[from + i]!;
    const keyAt = (start: number, length: number): string => fromUtf8(bytes.subarray(start, start + length));
    if (order === 0) throw fault('duplicate-key', at, 'each key once', keyAt(from, size));
    if (order > 0) {
      throw fault('map-order', at, `a key above '${keyAt(previousFrom, previousSize)}'`, keyAt(from, size));
    }
  }

  /** Items take a byte each at least: a count beyond the bytes or items left is refused before anything is allocated. */
  private enter(depth: number, items: number, start: number): void {
    if (depth >= this.depthMax) throw fault('too-deep', start, `≤ ${this.depthMax}`);
    if (items > this.bytes.length - this.at) {
      throw fault('truncated', start, `${items} items`, `${this.bytes.length - this.at} bytes`);
    }
    this.itemsLeft -= items;
    if (this.itemsLeft < 0) throw fault('too-many', start, 'fewer items in all');
  }

  private byteString(size: number): Uint8Array {
    return this.bytes.slice(this.skip(size), this.at);
  }

  private text(size: number, start: number): string {
    const from = this.skip(size);
    if (size <= shortText) {
      const ascii = this.ascii(from, size);
      if (ascii !== undefined) return ascii;
    }
    try {
      return fromUtf8(this.bytes.subarray(from, from + size));
    } catch {
      throw fault('invalid-text', start, 'UTF-8');
    }
  }

  private ascii(from: number, size: number): string | undefined {
    const { bytes } = this;
    let text = '';
    for (let i = from; i < from + size; i++) {
      const byte = bytes[i]!;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  private simple(info: number, start: number): boolean | null | number {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info === 27) return this.float(start);
    if (info === 31) throw fault('indefinite-length', start, 'definite lengths');
    throw fault('unsupported-type', start, 'false, true, null or float64', `simple ${info}`);
  }

  private float(start: number): number {
    const value = this.viewOf(this.skip(8)).getFloat64(0);
    if (!Number.isFinite(value)) throw fault('float-not-finite', start, 'a finite number', String(value));
    if (Number.isSafeInteger(value)) throw fault('float-integral', start, 'an integer', `float ${value}`);
    return value;
  }

  /** Length of text, bytes, arrays, maps. */
  private size(info: number, start: number): number {
    if (info < 24) return info;
    if (info === 31) throw fault('indefinite-length', start, 'a definite length');
    if (info !== 27) return this.argument(info, start);
    const wide = this.wide(start);
    if (wide > BigInt(this.bytes.length)) throw fault('truncated', start, `${wide} bytes`);
    return Number(wide);
  }

  private argument(info: number, start: number): number {
    if (info < 24) return info;
    if (info === 24) return this.minimal(this.bytes[this.skip(1)]!, 24, start);
    if (info === 25) return this.minimal(this.uint16(this.skip(2)), 0x100, start);
    if (info === 26) return this.minimal(this.uint32(this.skip(4)), 0x10000, start);
    if (info === 31) throw fault('indefinite-length', start, 'a definite length');
    throw fault('unsupported-type', start, 'additional information ≤ 27', info);
  }

  private minimal(value: number, least: number, start: number): number {
    if (value < least) throw fault('not-minimal', start, 'the shortest head', value);
    return value;
  }

  private uint16(at: number): number {
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  private uint32(at: number): number {
    return this.uint16(at) * 0x10000 + this.uint16(at + 2);
  }

  private viewOf(at: number): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8);
  }

  /** Eight bytes, if their value is a safe integer: no bigint in between. Else nothing was read. */
  private safeWide(start: number): number | undefined {
    if (this.bytes.length - this.at < 8) return undefined;
    const high = this.uint32(this.at);
    if (high > safeHighMax) return undefined;
    const low = this.uint32(this.at + 4);
    this.at += 8;
    return this.minimal(high * uint32Size + low, uint32Size, start);
  }

  private wide(start: number): bigint {
    const value = this.viewOf(this.skip(8)).getBigUint64(0);
    if (value < BigInt(uint32Size)) throw fault('not-minimal', start, 'the shortest head', String(value));
    return value;
  }

  private byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw fault('truncated', this.at, '1 byte', '0 bytes');
    this.at += 1;
    return byte;
  }

  /** Advances and returns where it stood. */
  private skip(count: number): number {
    const from = this.at;
    if (count > this.bytes.length - from) {
      throw fault('truncated', from, `${count} bytes`, `${this.bytes.length - from} bytes`);
    }
    this.at = from + count;
    return from;
  }
}
