/** Looks at the whole file before anything is sent: its digest, how many rows, and that each can be an event. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import { digestOf } from '../../../shared/crypto/digest.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import type { NewStreamEvent } from '../../../shared/types/ledger.ts';
import { localError, usageError } from '../cli-error.ts';
import { type Row, readRows } from './rows.ts';

export interface ImportMapping {
  readonly streamColumn: string;
  /** The type of every event, or the column that holds it. */
  readonly type: { readonly value: string } | { readonly column: string };
}

export interface ImportPlan {
  readonly file: string;
  readonly digest: Uint8Array;
  readonly rows: number;
  readonly streams: ReadonlySet<string>;
  /** Of the file before it was read. */
  readonly stamp: string;
}

export interface RowEvent {
  readonly row: number;
  readonly stream: string;
  readonly event: NewStreamEvent;
}

/** @throws CliError at the first row that cannot be imported */
export async function planImport(file: string, mapping: ImportMapping): Promise<ImportPlan> {
  const stamp = stampOf(file);
  const digest = await fileDigest(file);
  const streams = new Set<string>();
  let rows = 0;
  for await (const row of readRows(file)) {
    streams.add(rowEvent(row, digest, mapping).stream);
    rows = row.number;
  }
  if (rows === 0)
    throw localError('no-rows', 'The file has no rows.', { file }, 'Check that it is the right file.');
  requireUnchanged(file, stamp);
  return { file, digest, rows, streams, stamp };
}

export async function* plannedRows(
  { file, digest, stamp }: ImportPlan,
  mapping: ImportMapping,
): AsyncGenerator<RowEvent> {
  for await (const row of readRows(file)) {
    requireUnchanged(file, stamp);
    yield rowEvent(row, digest, mapping);
  }
}

/** Size and time of the last change: a file that is still written to would get ids of bytes that it never had. */
function stampOf(file: string): string {
  const { size, mtimeMs, ino } = statSync(file);
  return `${size} ${mtimeMs} ${ino}`;
}

/** @throws CliError */
function requireUnchanged(file: string, stamp: string): void {
  if (stampOf(file) === stamp) return;
  const next = 'Import a copy that nobody writes to; what was sent has the ids of the file as it was.';
  throw localError('file-changed', `${file} changed while it was read.`, { file }, next);
}

/** SHA-256 of the file's bytes as they are. */
async function fileDigest(file: string): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return new Uint8Array(hash.digest());
}

/** `eventId` = digest("import-row", {file, row}): the same row of the same bytes is the same event, for ever. */
export const eventIdOf = (file: Uint8Array, row: number): Digest =>
  digestOf('import-row', encode({ file, row }));

/** @throws CliError */
function rowEvent(row: Row, digest: Uint8Array, mapping: ImportMapping): RowEvent {
  const stream = columnText(row, mapping.streamColumn, 200);
  const type = 'value' in mapping.type ? mapping.type.value : columnText(row, mapping.type.column, 100);
  const eventId = eventIdOf(digest, row.number);
  const event = { eventId, type, data: row.data, labels: {}, references: [] };
  return { row: row.number, stream, event };
}

/** Names are NFC and bounded in bytes of UTF-8, as the ledger wants them. */
function columnText({ number, data }: Row, column: string, bytesMax: number): string {
  if (!Object.hasOwn(data, column)) {
    const facts = { column, row: number, columns: Object.keys(data).join(', ') };
    throw usageError(
      'unknown-column',
      `Row ${number} has no column '${column}'.`,
      facts,
      'Name one of the columns.',
    );
  }
  const value = data[column];
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).normalize('NFC') : '';
  const bytes = Buffer.byteLength(text);
  if (bytes >= 1 && bytes <= bytesMax) return text;
  const facts = { row: number, column, bytes, bytesMax };
  throw localError(
    'unusable-name',
    `Row ${number}: '${column}' cannot be a name.`,
    facts,
    'Correct the row; nothing was sent.',
  );
}
