/** Rows of a CSV or NDJSON file, one after the other. What is wrong is named with its row. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { localError, usageError } from '../cli-error.ts';
import { isExact } from '../json-argument.ts';

type RowData = { readonly [column: string]: CborValue };

/** `number` counts data rows from 1; the header of a CSV file is none. */
export interface Row {
  readonly number: number;
  readonly data: RowData;
}

export type RowFormat = 'csv' | 'ndjson';

/** @throws CliError for any other name */
export function formatOf(file: string): RowFormat {
  const ending = file.toLowerCase().split('.').at(-1);
  if (ending === 'csv') return 'csv';
  if (ending === 'ndjson' || ending === 'jsonl') return 'ndjson';
  throw usageError(
    'unknown-format',
    `${file} is neither .csv nor .ndjson.`,
    {},
    'Name the file by its format.',
  );
}

/** @throws CliError */
export const readRows = (file: string): AsyncGenerator<Row> =>
  formatOf(file) === 'csv' ? csvRows(file) : ndjsonRows(file);

/** UTF-8 by RFC 4180: a BOM, quoted newlines and quotes, CRLF or LF; every row as long as the header. */
async function* csvRows(file: string): AsyncGenerator<Row> {
  const parser = parse({
    bom: true,
    columns: (header: readonly string[]) => checkedHeader(file, header),
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
  const source = Readable.from(decoded(file));
  source.on('error', (error) => parser.destroy(error));
  let number = 0;
  try {
    for await (const record of source.pipe(parser) as AsyncIterable<Record<string, string>>) {
      number += 1;
      yield { number, data: record };
    }
  } catch (error) {
    // The parser reads ahead of what was yielded: it knows best how many records were sound.
    throw error instanceof CsvError ? malformedRow(file, Number(error.records) + 1, error.message) : error;
  } finally {
    source.destroy();
  }
}

function checkedHeader(file: string, header: readonly string[]): string[] {
  const repeated = header.find((name, index) => header.indexOf(name) !== index);
  if (repeated === undefined) return [...header];
  const next = 'Give each column a name of its own.';
  throw localError(
    'repeated-column',
    `Two columns are called '${repeated}'.`,
    { file, column: repeated },
    next,
  );
}

async function* ndjsonRows(file: string): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of linesOf(decoded(file))) {
    const text = number === 0 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() === '') continue;
    number += 1;
    yield { number, data: parsedRow(file, number, text) };
  }
}

/** Ends of lines are LF or CRLF. Node's readline also splits at U+2028, which JSON text may hold. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let unfinished = '';
  for await (const text of texts) {
    const [first = '', ...others] = text.split('\n');
    const last = others.pop();
    if (last === undefined) {
      unfinished += first;
      continue;
    }
    yield unfinished + first;
    yield* others;
    unfinished = last;
  }
  yield unfinished;
}

function parsedRow(file: string, number: number, text: string): RowData {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformedRow(file, number, error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformedRow(file, number, 'expected a JSON object');
  if (!isExact(value)) throw malformedRow(file, number, 'a number beyond 2^53−1: write it as text');
  return value as RowData;
}

/** Bytes that are not UTF-8 would be stored as replacement characters for ever: they are refused. */
async function* decoded(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    for await (const chunk of createReadStream(file)) yield decoder.decode(chunk as Buffer, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw localError(
      'not-utf8',
      'The file is not UTF-8 text.',
      { file },
      'Convert it, such as with iconv -t utf-8.',
    );
  }
}

const malformedRow = (file: string, row: number, reason: string) =>
  localError(
    'malformed-row',
    `Row ${row} cannot be read.`,
    { file, row, reason },
    'Correct the row; nothing was sent.',
  );
