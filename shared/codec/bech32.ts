/**
 * Bech32 (BIP-173) as age spells its keys: a prefix, the bytes in groups of five bits, six letters of checksum. Whole
 * bytes only, and without the limit of 90 letters, which age does not keep either. One spelling for each value: text is
 * all lower or all upper case, and the bits that fill up the last group are zero.
 */
import { CodecError } from './codec-error.ts';

export interface Bech32 {
  /** In lower case. */
  readonly prefix: string;
  readonly bytes: Uint8Array;
}

const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const checksumLetters = 6;
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** @param prefix lower-case letters, digits and dashes */
export const toBech32 = (prefix: string, bytes: Uint8Array): string => {
  const groups = fiveBitGroups(bytes);
  return `${prefix}1${[...groups, ...checksumOf(prefix, groups)].map((group) => letters.charAt(group)).join('')}`;
};

/** Throws CodecError `invalid-digits`, `wrong-length`, `wrong-value`. */
export const fromBech32 = (text: string): Bech32 => {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase())
    throw new CodecError('invalid-digits', { path: 'bech32', expected: 'letters of one case' });
  const border = lower.lastIndexOf('1');
  if (border < 1 || lower.length - border - 1 < checksumLetters)
    throw new CodecError('wrong-length', { path: 'bech32', expected: 'a prefix, 1, data and a checksum' });
  const prefix = lower.slice(0, border);
  const all = [...lower.slice(border + 1)].map(groupOf);
  const groups = all.slice(0, -checksumLetters);
  const checksum = checksumOf(prefix, groups);
  if (checksum.some((group, at) => group !== all[groups.length + at]))
    throw new CodecError('wrong-value', { path: 'bech32', expected: 'letters that fit their checksum' });
  return { prefix, bytes: bytesOfGroups(groups) };
};

const groupOf = (letter: string): number => {
  const group = letters.indexOf(letter);
  if (group >= 0) return group;
  throw new CodecError('invalid-digits', { path: 'bech32', expected: letters });
};

const checksumOf = (prefix: string, groups: readonly number[]): readonly number[] => {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const remainder = polymod([...expanded, ...groups, ...new Array<number>(checksumLetters).fill(0)]) ^ 1;
  return Array.from({ length: checksumLetters }, (_, at) => (remainder >> (5 * (5 - at))) & 31);
};

const polymod = (values: readonly number[]): number => {
  let remainder = 1;
  for (const value of values) {
    const top = remainder >> 25;
    remainder = ((remainder & 0x1ffffff) << 5) ^ value;
    for (const [at, generator] of generators.entries()) if (((top >> at) & 1) === 1) remainder ^= generator;
  }
  return remainder;
};

const fiveBitGroups = (bytes: Uint8Array): readonly number[] => {
  const groups: number[] = [];
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    bitCount += 8;
    while (bitCount >= 5) {
      bitCount -= 5;
      groups.push((bits >> bitCount) & 31);
    }
  }
  if (bitCount > 0) groups.push((bits << (5 - bitCount)) & 31);
  return groups;
};

const bytesOfGroups = (groups: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(Math.floor((groups.length * 5) / 8));
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (const group of groups) {
    bits = ((bits << 5) | group) & 0xfff;
    bitCount += 5;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at++] = (bits >> bitCount) & 0xff;
  }
  if (bitCount >= 5 || (bits & ((1 << bitCount) - 1)) !== 0)
    throw new CodecError('invalid-digits', { path: 'bech32', expected: 'zero bits at the end' });
  return bytes;
};
