import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventIdOf, planImport, plannedRows } from './plan.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plan-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

const delivery = { streamColumn: 'order', type: { value: 'delivery' } } as const;

test('each row becomes one event of the stream that its column names', async () => {
  const plan = await planImport(await file('a.csv', 'order,n\nA,1\nB,2\nA,3\n'), delivery);
  expect([plan.rows, [...plan.streams]]).toEqual([3, ['A', 'B']]);
  const rows = await collect(plannedRows(plan, delivery));
  expect(rows.map(({ stream, event }) => [stream, event.type, event.data])).toEqual([
    ['A', 'delivery', { order: 'A', n: '1' }],
    ['B', 'delivery', { order: 'B', n: '2' }],
    ['A', 'delivery', { order: 'A', n: '3' }],
  ]);
});

test('the eventId follows from the bytes of the file and the row, and from nothing else', async () => {
  const text = 'order,n\nA,1\nA,1\n';
  const [one, same] = [
    await planImport(await file('b.csv', text), delivery),
    await planImport(await file('c.csv', text), delivery),
  ];
  const ids = (await collect(plannedRows(one, delivery))).map(({ event }) => event.eventId);
  expect(ids).toEqual((await collect(plannedRows(same, delivery))).map(({ event }) => event.eventId));
  expect(new Set(ids).size).toBe(2);
  expect(ids[1]).toBe(eventIdOf(one.digest, 2));
  const other = await planImport(await file('d.csv', `${text}A,2\n`), delivery);
  expect(eventIdOf(other.digest, 1)).not.toBe(ids[0]);
});

test('a file that somebody still writes to is not imported further', async () => {
  const path = await file('growing.csv', 'order,n\nA,1\nA,2\n');
  const plan = await planImport(path, delivery);
  const rows = plannedRows(plan, delivery);
  expect((await rows.next()).value?.row).toBe(1);
  await writeFile(path, 'A,3\n', { flag: 'a' });
  await expect(rows.next()).rejects.toMatchObject({ code: 'file-changed' });
});

test('names are brought to NFC, and types may come from a column', async () => {
  const mapping = { streamColumn: 'order', type: { column: 'kind' } };
  const plan = await planImport(
    await file('e.ndjson', '{"order":"e\\u0301","kind":"k"}\n{"order":7,"kind":"l"}'),
    mapping,
  );
  const rows = await collect(plannedRows(plan, mapping));
  expect(rows.map(({ stream, event }) => [stream, event.type])).toEqual([
    ['é', 'k'],
    ['7', 'l'],
  ]);
});

test.each([
  ['other,n\nA,1\n', 'unknown-column', { row: 1, column: 'order' }],
  ['order,n\nA,1\n,2\n', 'unusable-name', { row: 2 }],
  [`order,n\n${'x'.repeat(201)},1\n`, 'unusable-name', { row: 1, bytes: 201 }],
  ['order,n\n', 'no-rows', {}],
])('%j is refused before anything is sent', async (text, code, facts) => {
  await expect(planImport(await file('bad.csv', text), delivery)).rejects.toMatchObject({ code, facts });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
