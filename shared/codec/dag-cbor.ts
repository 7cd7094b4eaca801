/**
 * The declared subset of DAG-CBOR (https://ipld.io/specs/codecs/dag-cbor/spec/, RFC 8949): null, booleans,
 * integers −2^64…2^64−1, finite float64 that no such safe integer equals, UTF-8 text, bytes, arrays, and maps
 * with text keys in canonical order (shorter UTF-8 first, then byte by byte). No tags, hence no CIDs.
 *
 * Every value has exactly one encoding, and decoding refuses every other: decode, then encode, yields the same
 * bytes. Integers beyond ±(2^53−1) are bigint. Maps have no prototype, so that no key is special.
 *
 * Written here and not taken from @ipld/dag-cbor, which the tests use as the reference: that decoder accepts
 * unsorted keys, and that encoder turns a plain map {"/": x, "bytes": x} from a stranger into a CID.
 */
import type { CborValue } from '../types/ledger.ts';
import { CodecError, type CodecErrorCode } from './codec-error.ts';
import { fromUtf8, toUtf8 } from './utf8.ts';

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
const defaultDepthMax = 32;

const integerMax = 2n ** 64n - 1n;
const integerMin = -(2n ** 64n);
const uint32Size = 2 ** 32;
const loneSurrogate = /\p{Surrogate}/u;
/** Below this length a loop over characters beats a call to TextDecoder or TextEncoder. */
const shortText = 48;

/** Throws CodecError `unsupported-type`, `integer-range`, `float-not-finite`, `invalid-text`, `too-deep`. */
export const encode = (value: CborValue): Uint8Array => {
  const writer = idleWriter ?? new Writer();
  idleWriter = undefined;
  writer.value(value, 0);
  const bytes = writer.finish();
  idleWriter = writer;
  return bytes;
};

/**
 * Throws CodecError on any byte sequence that is not the one encoding of a value of the subset. Allocates no
 * more than the input holds, whatever its length headers say.
 */
export const decode = (bytes: Uint8Array, limits: DecodeLimits = {}): CborValue => {
  const bytesMax = limits.bytesMax ?? defaultBytesMax;
  if (bytes.length > bytesMax) {
    throw new CodecError('too-large', { path: 'byte 0', expected: `≤ ${bytesMax} bytes`, got: bytes.length });
  }
  const reader = new Reader(bytes, limits.depthMax ?? defaultDepthMax, limits.itemsMax ?? bytes.length);
  const value = reader.value(0);
  reader.finish();
  return value;
};

/** A map without a prototype of its own kind above it: no key is special, and engines keep its fields fast. */
const PlainMap = function PlainMap() {} as unknown as new () => { [key: string]: CborValue };
const plainMapPrototype: object = Object.freeze(Object.create(null) as object);
PlainMap.prototype = plainMapPrototype;

const isPlainMap = (map: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(map);
  return prototype === Object.prototype || prototype === null || prototype === plainMapPrototype;
};

/** Keys by a mark of their bytes; a later key with the same mark takes the place. */
const knownKeys: (string | undefined)[] = new Array<string | undefined>(512).fill(undefined);

/** Canonical order of map keys: shorter UTF-8 first, then byte by byte. */
export const compareKeys = (a: string, b: string): number =>
  utf8Length(a) - utf8Length(b) || compareCodePoints(a, b);

/** Longer lists go to the engine's own sort. */
const insertionSortMax = 16;

/** In place. Records have few keys, mostly in order already: the engine's sort would allocate more than it sorts. */
const sortedKeys = (keys: string[]): string[] => {
  if (keys.length > insertionSortMax) return keys.sort(compareKeys);
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end]!;
    let at = end;
    for (; at > 0 && compareKeys(keys[at - 1]!, key) > 0; at--) keys[at] = keys[at - 1]!;
    keys[at] = key;
  }
  return keys;
};

const utf8Length = (text: string): number => {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts 2, four bytes together.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
};

/** UTF-8 bytes sort like code points, unlike UTF-16 units: a surrogate sorts above every other unit. */
const compareCodePoints = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
};
const codePointRank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

const firstBytes = 4096;
const idleBytesMax = 256 * 1024;
/** Its buffer serves one value after the other. Gone while it writes, and for good if that throws. */
let idleWriter: Writer | undefined;

class Writer {
  private buffer = new Uint8Array(firstBytes);
  private view = new DataView(this.buffer.buffer);
  private length = 0;

  /** What was written; then it can be used again. */
  finish(): Uint8Array {
    const bytes = this.buffer.slice(0, this.length);
    this.length = 0;
    if (this.buffer.length > idleBytesMax) this.allocate(firstBytes);
    return bytes;
  }

  private allocate(size: number): void {
    this.buffer = new Uint8Array(size);
    this.view = new DataView(this.buffer.buffer);
  }

  value(value: CborValue, depth: number): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'object') this.object(value, depth);
    else if (typeof value === 'boolean') this.byte(value ? 0xf5 : 0xf4);
    else if (typeof value === 'bigint') this.bigint(value);
    else throw fault('unsupported-type', this.length, 'a value of the subset', typeof value);
  }

  private object(value: (CborValue & object) | null, depth: number): void {
    if (value === null) this.byte(0xf6);
    else if (value instanceof Uint8Array) this.bytes(value);
    else if (depth >= defaultDepthMax) throw fault('too-deep', this.length, `≤ ${defaultDepthMax}`);
    else if (Array.isArray(value)) this.array(value, depth);
    else this.map(value as { readonly [key: string]: CborValue }, depth);
  }

  private array(items: readonly CborValue[], depth: number): void {
    this.head(0x80, items.length);
    for (const item of items) this.value(item, depth + 1);
  }

  private map(map: { readonly [key: string]: CborValue }, depth: number): void {
    if (!isPlainMap(map)) {
      throw fault('unsupported-type', this.length, 'a plain map', 'an instance of a class');
    }
    const keys = sortedKeys(Object.keys(map));
    this.head(0xa0, keys.length);
    for (const key of keys) {
      this.text(key);
      this.value(map[key] as CborValue, depth + 1);
    }
  }

  private number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value >= 0) this.head(0x00, value);
      else this.head(0x20, -1 - value);
      return;
    }
    if (!Number.isFinite(value))
      throw fault('float-not-finite', this.length, 'a finite number', String(value));
    this.reserve(9);
    this.buffer[this.length] = 0xfb;
    this.view.setFloat64(this.length + 1, value);
    this.length += 9;
  }

  private bigint(value: bigint): void {
    if (value > integerMax || value < integerMin) {
      throw fault('integer-range', this.length, '−2^64…2^64−1', String(value));
    }
    const major = value < 0n ? 0x20 : 0x00;
    const argument = value < 0n ? -1n - value : value;
    if (argument <= BigInt(Number.MAX_SAFE_INTEGER)) this.head(major, Number(argument));
    else this.wideHead(major, argument);
  }

  private wideHead(major: number, argument: bigint): void {
    this.reserve(9);
    this.buffer[this.length] = major | 27;
    this.view.setBigUint64(this.length + 1, argument);
    this.length += 9;
  }

  private text(text: string): void {
    if (text.length <= shortText && this.shortAscii(text)) return;
    if (loneSurrogate.test(text))
      throw fault('invalid-text', this.length, 'well-formed Unicode', 'a lone surrogate');
    const encoded = toUtf8(text);
    this.head(0x60, encoded.length);
    this.raw(encoded);
  }

  private shortAscii(text: string): boolean {
    this.reserve(2 + text.length);
    const { buffer } = this;
    let at = this.length;
    if (text.length < 24) buffer[at++] = 0x60 | text.length;
    else {
      buffer[at++] = 0x78;
      buffer[at++] = text.length;
    }
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return false;
      buffer[at++] = unit;
    }
    this.length = at;
    return true;
  }

  private bytes(bytes: Uint8Array): void {
    this.head(0x40, bytes.length);
    this.raw(bytes);
  }

  private raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  private byte(byte: number): void {
    this.reserve(1);
    this.buffer[this.length++] = byte;
  }

  /** Major type with its argument, in as few bytes as hold it. */
  private head(major: number, argument: number): void {
    this.reserve(9);
    const { buffer, view } = this;
    const at = this.length;
    if (argument < 24) {
      buffer[at] = major | argument;
      this.length += 1;
    } else if (argument < 0x100) {
      buffer[at] = major | 24;
      buffer[at + 1] = argument;
      this.length += 2;
    } else if (argument < 0x10000) {
      buffer[at] = major | 25;
      view.setUint16(at + 1, argument);
      this.length += 3;
    } else if (argument < uint32Size) {
      buffer[at] = major | 26;
      view.setUint32(at + 1, argument);
      this.length += 5;
    } else {
      buffer[at] = major | 27;
      view.setUint32(at + 1, Math.floor(argument / uint32Size));
      view.setUint32(at + 5, argument % uint32Size);
      this.length += 9;
    }
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.buffer.length));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly depthMax: number;
  private itemsLeft: number;
  private at = 0;
  /** Bytes of the key that was read last. */
  private keySize = 0;

  constructor(bytes: Uint8Array, depthMax: number, itemsMax: number) {
    // A Node Buffer's slice shares memory; a plain Uint8Array's copies.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.depthMax = depthMax;
    this.itemsLeft = itemsMax;
  }

  finish(): void {
    if (this.at < this.bytes.length) {
      throw fault('trailing-bytes', this.at, 'the end', `${this.bytes.length - this.at} bytes more`);
    }
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
    const wide = this.wide(start);
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
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
    const value = this.view.getFloat64(this.skip(8));
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
    if (info === 24) return this.minimal(this.view.getUint8(this.skip(1)), 24, start);
    if (info === 25) return this.minimal(this.view.getUint16(this.skip(2)), 0x100, start);
    if (info === 26) return this.minimal(this.view.getUint32(this.skip(4)), 0x10000, start);
    if (info === 31) throw fault('indefinite-length', start, 'a definite length');
    throw fault('unsupported-type', start, 'additional information ≤ 27', info);
  }

  private minimal(value: number, least: number, start: number): number {
    if (value < least) throw fault('not-minimal', start, 'the shortest head', value);
    return value;
  }

  private wide(start: number): bigint {
    const value = this.view.getBigUint64(this.skip(8));
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

const fault = (code: CodecErrorCode, at: number, expected: string, got?: string | number): CodecError =>
  new CodecError(
    code,
    got === undefined ? { path: `byte ${at}`, expected } : { path: `byte ${at}`, expected, got },
  );
