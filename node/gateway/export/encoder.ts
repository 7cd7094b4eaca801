/** A format of files: what stands at the beginning, for each row, and at the end. */
import type { ExportRow } from './rows.ts';

export interface Encoder {
  begin(): Uint8Array;
  row(row: ExportRow): Uint8Array;
  end(): Uint8Array;
}

export const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
export const nothing = new Uint8Array(0);
