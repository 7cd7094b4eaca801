/** CRC-32 over key and content of a row: against flipped bits, at a tenth of a digest's price. */
import { crc32 } from 'node:zlib';

export const rowCrc = (table: string, ...values: readonly (string | number)[]): number =>
  crc32(`${table}/${values.join('/')}`);

/** For rows whose bytes a hash of the ledger covers anyway, and for those of the index. */
export const blobCrc = (blob: Uint8Array, table: string, ...values: readonly (string | number)[]): number =>
  crc32(blob, rowCrc(table, ...values));

export const blobsCrc = (crc: number, ...blobs: readonly Uint8Array[]): number =>
  blobs.reduce((sum, blob) => crc32(blob, sum), crc);
