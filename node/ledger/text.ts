/** Text as the ledger measures it: bytes of UTF-8, in Unicode normal form C. */
import { isAssigned } from './unicode.ts';

const ascii = /^[\x20-\x7e]*$/;

/** Bytes that the text takes in UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) length += 1;
    if (unit > 0x7ff && !isSurrogate(unit)) length += 1;
  }
  return length;
}

/** Two surrogates make four bytes: one more for each unit, which `unit > 0x7f` has counted. */
function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** White space of Unicode, listed so that no version of it changes what execution decides. */
const space = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const spaceAtAnEnd = new RegExp(`^[${space}]|[${space}]$`, 'u');

/** Names that look alike must be alike: none begins or ends with white space. */
export const isTrimmed = (text: string): boolean => !spaceAtAnEnd.test(text);

/**
 * NFC: one spelling for each name. Printable ASCII, the usual case, is NFC as it stands. Of code points that are
 * newer than the fixed version of Unicode the runtimes of two validators might judge differently: they are refused.
 */
export function isNfc(text: string): boolean {
  return ascii.test(text) || (isAssigned(text) && text.normalize('NFC') === text);
}
