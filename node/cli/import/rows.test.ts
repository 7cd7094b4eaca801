import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatOf, type Row, readRows } from './rows.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rows-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function rowsOf(name: string, content: string | Uint8Array): Promise<Row[]> {
  const file = join(directory, name);
  await writeFile(file, content);
  return collect(readRows(file));
}

test('CSV: BOM, CRLF, quoted commas, quotes and newlines, non-Latin text', async () => {
  const text = '\uFEFFid,note\r\n1,"a, ""b""\r\nc"\r\n2,Côte d’Ivoire 日本 🚢\r\n';
  expect(await rowsOf('a.csv', text)).toEqual([
    { number: 1, data: { id: '1', note: 'a, "b"\r\nc' } },
    { number: 2, data: { id: '2', note: 'Côte d’Ivoire 日本 🚢' } },
  ]);
});

test('CSV: characters that are split between two reads', async () => {
  const value = '日'.repeat(60_000);
  const rows = await rowsOf('b.csv', `x\n${value}\n`);
  expect(rows[0]?.data.x).toBe(value);
});

test('NDJSON: BOM, empty lines, no newline at the end, values as they are', async () => {
  expect(await rowsOf('a.ndjson', '\uFEFF{"a":1,"b":[true,null]}\n\n{"a":"é"}')).toEqual([
    { number: 1, data: { a: 1, b: [true, null] } },
    { number: 2, data: { a: 'é' } },
  ]);
});

test('NDJSON: a line ends at LF only, also across two reads', async () => {
  const value = 'x\u2028y'.repeat(30_000);
  const rows = await rowsOf('b.ndjson', `{"a":${JSON.stringify(value)}}\r\n{"a":1}\n`);
  expect(rows.map(({ data }) => data.a)).toEqual([value, 1]);
});

test.each<[name: string, content: string | Uint8Array, code: string, row?: number]>([
  ['short.csv', 'a,b\n1,2\n3\n', 'malformed-row', 2],
  ['quote.csv', 'a,b\n1,"2\n', 'malformed-row', 1],
  ['twice.csv', 'a,a\n1,2\n', 'repeated-column'],
  ['latin1.csv', new Uint8Array([0x61, 0x0a, 0xe9, 0x0a]), 'not-utf8'],
  ['cut.csv', new Uint8Array([0x61, 0x0a, 0xc3]), 'not-utf8'],
  ['latin1.ndjson', new Uint8Array([0x7b, 0x7d, 0x0a, 0xe9, 0x0a]), 'not-utf8'],
  ['text.ndjson', '{"a":1}\n{"a":\n', 'malformed-row', 2],
  ['list.ndjson', '[1]\n', 'malformed-row', 1],
  // Read as 9007199254740992: what would be recorded is not what the file says.
  ['large.ndjson', '{"id":1}\n{"id":[9007199254740993]}\n', 'malformed-row', 2],
  ['infinite.ndjson', '{"id":1e400}\n', 'malformed-row', 1],
])('%s is refused and named', async (name, content, code, row) => {
  const facts = row === undefined ? {} : { facts: { row } };
  await expect(rowsOf(name, content)).rejects.toMatchObject({ code, ...facts });
});

test('formats go by the name', () => {
  expect(['A.CSV', 'a.ndjson', 'a.jsonl'].map(formatOf)).toEqual(['csv', 'ndjson', 'ndjson']);
  expect(() => formatOf('a.xlsx')).toThrow('neither');
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
