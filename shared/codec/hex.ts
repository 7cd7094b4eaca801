/** Bytes as text, and small helpers on bytes. Only canonical forms are read: each value has one spelling. */
import { CodecError } from './codec-error.ts';

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const base64UrlDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Lower-case hex. */
export const toHex = (bytes: Uint8Array): string => {
  let hex = '';
  for (let i = 0; i < bytes.length; i++) hex += hexPairs[bytes[i]!];
  return hex;
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
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = 16 * hexDigit(hex, 2 * i) + hexDigit(hex, 2 * i + 1);
  }
  return bytes;
};

const hexDigit = (hex: string, at: number): number => {
  const unit = hex.charCodeAt(at);
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57;
  throw new CodecError('invalid-digits', { path: `digit ${at}`, expected: '0-9a-f', got: hex.charAt(at) });
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
