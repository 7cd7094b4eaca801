/** Digest of a row's key and content: SQLite's pages carry none, and a flipped bit must not pass as data. */
import { digestBytes } from '../../shared/crypto/digest.ts';
import { packNumbers } from './framing.ts';

const checkBytes = 16;

/** Binds content to its table and key, so that a row found in another row's place does not pass either. */
export function rowCheck(table: string, key: number | string, ...parts: readonly Uint8Array[]): Uint8Array {
  const name = Buffer.from(`${table}/${key}/`);
  const lengths = packNumbers(parts.map((part) => part.length));
  return digestBytes('storage-row', Buffer.concat([name, lengths, ...parts])).subarray(0, checkBytes);
}

/** A damaged row may even hold other types than were written. */
export function checkHolds(
  stored: Uint8Array,
  table: string,
  key: number | string,
  ...parts: readonly Uint8Array[]
): boolean {
  if (![stored, ...parts].every(isBytes)) return false;
  return Buffer.compare(stored, rowCheck(table, key, ...parts)) === 0;
}

export const isBytes = (column: unknown): column is Uint8Array => column instanceof Uint8Array;

/** A Buffer as the plain Uint8Array that the other rooms expect; the same memory. */
export const plainBytes = (buffer: Uint8Array): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
