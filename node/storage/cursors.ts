/** Opaque cursors: they name the last row of a page, so that new blocks move nothing. */
import { StorageError } from './errors.ts';

export const encodeCursor = (list: string, place: string | number): string =>
  Buffer.from(`${list}:${place}`).toString('base64url');

/** @throws StorageError `cursor-invalid` if it is not a cursor of this list. */
export function decodeCursor(list: string, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!text.startsWith(`${list}:`)) throw new StorageError('cursor-invalid', { cursor });
  return text.slice(list.length + 1);
}

export function decodeNumberCursor(list: string, cursor: string): number {
  const place = Number(decodeCursor(list, cursor));
  if (!Number.isSafeInteger(place)) throw new StorageError('cursor-invalid', { cursor });
  return place;
}
