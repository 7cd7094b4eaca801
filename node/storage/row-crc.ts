/** CRC-32 over key and content of an index row: against flipped bits, at a tenth of a digest's price. */
import { crc32 } from 'node:zlib';

export const rowCrc = (table: string, ...values: readonly (string | number)[]): number =>
  crc32(`${table}/${values.join('/')}`);

export const blobCrc = (blob: Uint8Array, table: string, ...values: readonly (string | number)[]): number =>
  crc32(blob, rowCrc(table, ...values));
