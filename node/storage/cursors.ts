/** Opaque cursors: they name the last row of a page, so that new blocks move nothing. */
import { StorageError } from './errors.ts';

export const encodeCursor = (list: string, place: string | number): string =>
  Buffer.from(`${list}:${place}`).toString('base64url');

/** @throws StorageError `cursor-invalid` if it is not a cursor of this list. */
export function decodeCursor(list: string, cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const place = text.slice(list.length + 1);
  // Only what was given out: Buffer reads much that is no base64url.
  if (encodeCursor(list, place) !== cursor) throw new StorageError('cursor-invalid', { cursor });
  return place;
}

export function decodeNumberCursor(list: string, cursor: string): number {
  const text = decodeCursor(list, cursor);
  const place = Number(text);
  if (!Number.isSafeInteger(place) || String(place) !== text)
    throw new StorageError('cursor-invalid', { cursor });
  return place;
}
