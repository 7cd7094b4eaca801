/**
 * A file's rows by a second, plainer reading than the import's own, so that the proof does not repeat what the
 * import may have misread. It holds the whole file in memory.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { eventIdOf, type ImportMapping } from '../../node/cli/import/plan.ts';

export interface SourceRow {
  /** From 1. */
  readonly number: number;
  readonly eventId: string;
  readonly stream: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function readSourceRows(file: string, mapping: ImportMapping): readonly SourceRow[] {
  const bytes = readFileSync(file);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const digest = new Uint8Array(createHash('sha256').update(bytes).digest());
  const rows = file.toLowerCase().endsWith('.csv') ? csvRows(text) : ndjsonRows(text);
  return rows.map((data, index) => ({
    number: index + 1,
    eventId: eventIdOf(digest, index + 1),
    stream: nameIn(data, mapping.streamColumn),
    type: 'value' in mapping.type ? mapping.type.value : nameIn(data, mapping.type.column),
    data,
  }));
}

/** Names on the ledger are NFC; data stays as it is. */
const nameIn = (data: SourceRow['data'], column: string): string => String(data[column]).normalize('NFC');

function csvRows(text: string): SourceRow['data'][] {
  const [header = [], ...records] = csvRecords(text);
  return records.map((fields) => Object.fromEntries(header.map((name, i) => [name, fields[i]])));
}

/** RFC 4180: a field, quoted or not, and what ends it. */
const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/gy;

/** Ends early at text that is no CSV; empty lines are no records. */
export function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(field)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    const isEmptyLine = record.length === 1 && plain === '';
    if (!isEmptyLine) records.push(record);
    record = [];
  }
  return records;
}

const ndjsonRows = (text: string): SourceRow['data'][] =>
  text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as SourceRow['data']);
