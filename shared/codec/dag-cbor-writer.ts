/** Writes the one encoding of a value (dag-cbor.ts). */
import type { CborValue } from '../types/ledger.ts';
import { defaultDepthMax, fault, isPlainMap, shortText, uint32Size } from './dag-cbor-form.ts';
import { sortedKeys } from './dag-cbor-keys.ts';
import { toUtf8 } from './utf8.ts';

const integerMax = 2n ** 64n - 1n;
const integerMin = -(2n ** 64n);
const loneSurrogate = /\p{Surrogate}/u;

/** Throws CodecError `unsupported-type`, `integer-range`, `float-not-finite`, `invalid-text`, `too-deep`. */
export const encode = (value: CborValue): Uint8Array => {
  const writer = idleWriter ?? new Writer();
  idleWriter = undefined;
  writer.value(value, 0);
  const bytes = writer.finish();
  idleWriter = writer;
  return bytes;
};

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
