/** Bytes as text, and small helpers on bytes. Only canonical forms are read: each value has one spelling. */
import { CodecError } from './codec-error.ts';

const hexDigits = '0123456789abcdef';
const digitOfHigh = Uint8Array.from({ length: 256 }, (_, byte) => hexDigits.charCodeAt(byte >> 4));
const digitOfLow = Uint8Array.from({ length: 256 }, (_, byte) => hexDigits.charCodeAt(byte & 15));
/** By UTF-16 unit; −1 is no digit. */
const valueOfDigit = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value++) valueOfDigit[hexDigits.charCodeAt(value)] = value;
/** Arguments of one call are bounded by the stack. */
const bytesPerCall = 1024;
const base64UrlDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Lower-case hex. */
export const toHex = (bytes: Uint8Array): string => {
  if (bytes.length <= bytesPerCall) return hexOf(bytes);
  let hex = '';
  for (let at = 0; at < bytes.length; at += bytesPerCall) hex += hexOf(bytes.subarray(at, at + bytesPerCall));
  return hex;
};

/** One string from all digits: adding up pairs makes a chain of strings that has to be flattened later. */
const hexOf = (bytes: Uint8Array): string => {
  const units = new Array<number>(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    units[2 * i] = digitOfHigh[byte]!;
    units[2 * i + 1] = digitOfLow[byte]!;
  }
  return String.fromCharCode.apply(null, units);
};

/** Reads lower-case hex only. Throws CodecError `invalid-digits`, `wrong-length`. */
export const fromHex = (hex: string): Uint8Array => {
  if (hex.length % 2 !== 0) {
    throw new CodecError('wrong-length', {
      path: 'hex',
      expected: 'an even number of digits',
      got: hex.length,
    });
  }
  const bytes = new Uint8Array(hex.length / 2);
  writeHex(bytes, 0, hex);
  return bytes;
};

/** Writes the bytes that `hex` spells from digit `from` on; their number is even. Throws CodecError `invalid-digits`. */
export const writeHex = (bytes: Uint8Array, at: number, hex: string, from = 0): void => {
  let seen = 0;
  for (let digit = from, place = at; digit < hex.length; digit += 2, place++) {
    const byte = (hexDigit(hex, digit) << 4) | hexDigit(hex, digit + 1);
    seen |= byte;
    bytes[place] = byte;
  }
  if (seen < 0) throw invalidDigit(hex, from);
};

/** Negative if it is none. */
const hexDigit = (hex: string, at: number): number => {
  const unit = hex.charCodeAt(at);
  return unit < 128 ? valueOfDigit[unit]! : -1;
};

const invalidDigit = (hex: string, from: number): CodecError => {
  let at = from;
  while (hexDigit(hex, at) >= 0) at++;
  return new CodecError('invalid-digits', { path: `digit ${at}`, expected: '0-9a-f', got: hex.charAt(at) });
};

/** RFC 4648 section 5, without padding. */
export const toBase64Url = (bytes: Uint8Array): string => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += base64UrlDigits.charAt(group >> 18) + base64UrlDigits.charAt((group >> 12) & 63);
    if (left > 1) text += base64UrlDigits.charAt((group >> 6) & 63);
    if (left > 2) text += base64UrlDigits.charAt(group & 63);
  }
  return text;
};

/** Unpadded, with zero bits at the end. Throws CodecError `invalid-digits`, `wrong-length`. */
export const fromBase64Url = (text: string): Uint8Array => {
  if (text.length % 4 === 1) {
    throw new CodecError('wrong-length', { path: 'base64url', expected: 'whole bytes', got: text.length });
  }
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    bits = ((bits << 6) | base64UrlDigit(text, i)) & 0xfff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at++] = (bits >> bitCount) & 0xff;
  }
  if ((bits & ((1 << bitCount) - 1)) !== 0) {
    throw new CodecError('invalid-digits', { path: 'base64url', expected: 'zero bits at the end' });
  }
  return bytes;
};

const base64UrlValues = new Map([...base64UrlDigits].map((digit, value) => [digit.charCodeAt(0), value]));
const base64UrlDigit = (text: string, at: number): number => {
  const value = base64UrlValues.get(text.charCodeAt(at));
  if (value !== undefined) return value;
  throw new CodecError('invalid-digits', {
    path: `digit ${at}`,
    expected: 'A-Za-z0-9-_',
    got: text.charAt(at),
  });
};

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};
