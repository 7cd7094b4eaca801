/** What a reader of named streams costs: no more than its streams, however many others there are. */
import { expect, test } from 'vitest';
import type { LedgerQueries, StreamSummary } from '../runtime/queries.ts';
import { readableNamed, someReadable } from './streams-of-reader.ts';

const names = ['order', 'orders', ...Array.from({ length: 3_000 }, (_, at) => `orders/${at}`)].sort();

/** By name, as the index has them; counts the rows that were asked for. */
function indexOf(): {
  readonly queries: LedgerQueries;
  readonly rows: () => number;
  readonly most: () => number;
} {
  let [read, most] = [0, 0];
  const streams = (prefix: string, { cursor, limit }: { cursor?: string; limit: number }) => {
    const left = names.filter((name) => name.startsWith(prefix) && (cursor === undefined || name > cursor));
    const rows = left.slice(0, limit).map((stream, lastHeight) => ({ stream, lastHeight }) as StreamSummary);
    read += rows.length;
    most = Math.max(most, rows.length);
    return { rows, ...(left.length > limit && { next: rows.at(-1)!.stream }) };
  };
  return { queries: { streams } as unknown as LedgerQueries, rows: () => read, most: () => most };
}
const named = (rows: readonly StreamSummary[]): string[] => rows.map(({ stream }) => stream);

test.each([
  ['', ['orders']],
  ['ord', ['orders']],
  ['orders', ['orders']],
  ['orders/', []],
  ['wages', []],
])("a name with which thousands begin is looked up alone, below '%s'", async (prefix, expected) => {
  const { queries, rows } = indexOf();
  const reads = { patterns: ['orders', 'nothing'] };
  expect(named(await readableNamed(queries, reads, prefix))).toEqual(expected);
  expect(named(someReadable(queries, reads, prefix, 8))).toEqual(expected);
  expect(rows()).toBeLessThanOrEqual(2);
});

test('a beginning is gone through in small steps, between which others have their turn', async () => {
  const { queries, most } = indexOf();
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 0);
  const found = await readableNamed(queries, { patterns: ['orders/*', 'order*'] }, '');
  clearInterval(timer);
  expect(named(found).toSorted()).toEqual(names);
  expect(most()).toBeLessThanOrEqual(100);
  expect(turns).toBeGreaterThan(0);
});

test('a search reads a few rows of each pattern', () => {
  const { queries, rows } = indexOf();
  const found = someReadable(queries, { patterns: ['orders/*', 'order*'] }, 'orders/2', 8);
  expect(found).toHaveLength(8);
  expect(rows()).toBeLessThanOrEqual(16);
});
