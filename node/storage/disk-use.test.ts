import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { heightOf } from '../../shared/types/brands.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { type DiskUse, measureDisk } from './disk-use.ts';
import type { BlockRow, LedgerRows } from './ledger-file.ts';
import {
  exampleGenesis,
  openExample,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const hourMs = 3_600_000;
const partOf = ({ parts }: DiskUse, name: string) => parts.find(({ part }) => part === name)!;

/** Blocks with a time and a number of transactions each, from height 1 on. */
function rowsOf(blocks: readonly (readonly [timeMs: number, ran: number])[]): LedgerRows {
  let first = 0;
  const all = blocks.map(([time, ran], index) => {
    const row = { height: index + 1, header: { time }, first, ran };
    first += ran;
    return row as unknown as BlockRow;
  });
  return {
    tipHeight: () => heightOf(blocks.length),
    block: (height: number) => all[height - 1],
    base: () => ({ bodiesFrom: heightOf(1), first: 0, position: 0, indexedFrom: heightOf(1) }),
  } as unknown as LedgerRows;
}
const write = (name: string, bytes: number): void =>
  writeFileSync(join(directory.path, name), new Uint8Array(bytes));

it('counts each part with its write-ahead log, and what is left on the disk', () => {
  write('votes.db', 100);
  write('ledger.db', 1_000);
  write('ledger.db-wal', 500);
  write('derived.db', 700);
  mkdirSync(join(directory.path, 'snapshots'));
  write('snapshots/4.parts', 300);
  write('joining.db', 20);
  write('payloads.db', 200);
  write('payloads.db-wal', 30);
  write('log', 50);
  write('lock.db', 7);
  const use = measureDisk(directory.path, rowsOf([]), 0);
  expect(use.parts.map(({ part, bytes }) => [part, bytes])).toEqual([
    ['votes', 100],
    ['ledger', 1_500],
    ['derived', 700],
    ['payloads', 230],
    ['snapshots', 320],
    ['log', 50],
    ['other', 7],
  ]);
  expect(use.freeBytes).toBeGreaterThan(0);
  expect(use.totalBytes).toBeGreaterThanOrEqual(use.freeBytes);
  expect(use.measuredOverMs).toBe(0);
  expect(partOf(use, 'ledger').growthPerDay).toBe(0);
});

it('grows by what came in the last day, found without reading every block', () => {
  write('ledger.db', 10_000);
  // 60 transactions long ago, 40 within the last day: two fifths of the bytes.
  const old = Array.from({ length: 60 }, (_, index) => [index, 1] as const);
  const recent = Array.from({ length: 8 }, (_, index) => [(100 + index) * hourMs, 5] as const);
  const rows = rowsOf([...old, ...recent]);
  let reads = 0;
  const counting = {
    ...rows,
    block: (height: number) => {
      reads += 1;
      return rows.block(heightOf(height));
    },
  };
  const use = measureDisk(directory.path, counting, 110 * hourMs);
  expect(partOf(use, 'ledger').growthPerDay).toBe(4_000);
  expect(use.measuredOverMs).toBe(24 * hourMs);
  expect(use.daysLeft).toBe(Math.floor(use.freeBytes / use.growthPerDay));
  expect(reads).toBeLessThan(12);
});

it('of a younger ledger, a day is reckoned from its age; an idle one does not grow', () => {
  write('ledger.db', 6_000);
  write('votes.db', 9_000);
  const young = measureDisk(directory.path, rowsOf([[0, 10]]), 12 * hourMs);
  expect(partOf(young, 'ledger').growthPerDay).toBe(12_000);
  expect(partOf(young, 'votes').growthPerDay).toBe(0);
  expect(young.measuredOverMs).toBe(12 * hourMs);
  const idle = measureDisk(directory.path, rowsOf([[0, 10]]), 100 * hourMs);
  expect(partOf(idle, 'ledger').growthPerDay).toBe(0);
  expect(idle.daysLeft).toBeUndefined();
});

it('measures a node that runs', async () => {
  const storage = openExample(directory.path);
  const transaction = transactionOf(exampleGenesis, 'streams.append', appendOf('s', 'e'));
  await runBlock(storage, [transaction], startTime + 1);
  const use = storage.disk(startTime + 2 * hourMs);
  expect(partOf(use, 'ledger').bytes).toBeGreaterThan(0);
  expect(partOf(use, 'ledger').growthPerDay).toBeGreaterThan(0);
  storage.close();
});
