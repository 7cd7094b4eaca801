/** CRC-32 over key and content of a row: against flipped bits, at a tenth of a digest's price. */
import { crc32 } from 'node:zlib';

/** What a damaged row may hold where bytes were written: its header says of which type a column is. */
type Column = Uint8Array | string | number | null;

export const rowCrc = (table: string, ...values: readonly (string | number)[]): number =>
  crc32(`${table}/${values.join('/')}`);

export const blobCrc = (blob: Column, table: string, ...values: readonly (string | number)[]): number =>
  blobsCrc(rowCrc(table, ...values), blob);

/** −1, which no row has, if a column does not hold bytes. */
export function blobsCrc(start: number, ...blobs: readonly Column[]): number {
  let crc = start;
  for (const blob of blobs) {
    if (!(blob instanceof Uint8Array)) return -1;
    // zlib takes no bytes at no address for a request of its initial value.
    if (blob.length > 0) crc = crc32(blob, crc);
  }
  return crc;
}
