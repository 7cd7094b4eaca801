import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isGivenUp } from '../../shared/codec/conflict.ts';
import { heightOf } from '../../shared/types/brands.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { type Bench, createBench, network, seal, vote } from './test-support.ts';
import { createVoteBook, openVoteBook } from './vote-book.ts';
import { heightsKept, viewsKept } from './vote-memory.ts';

const owner = { network, validator: 'validator-4' };
const range = { first: heightOf(1) };
let bench: Bench;
beforeEach(() => {
  bench = createBench(owner.validator);
});
afterEach(() => bench.cleanUp());

const withDatabase = <Result>(work: (database: Database.Database) => Result): Result => {
  const database = new Database(bench.file);
  try {
    return work(database);
  } finally {
    database.close();
  }
};
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
};

it('is made once, and never found missing without a word', () => {
  expect(codeOf(() => createVoteBook(bench.file, owner))).toBe('signer-store-exists');
  rmSync(bench.file);
  expect(codeOf(() => openVoteBook(bench.file, owner))).toBe('signer-store-missing');
});

it.each([
  ['another network', { ...owner, network: '00'.repeat(32) }],
  ['another validator', { ...owner, validator: 'validator-1' }],
])('of %s is refused', (_, other) => {
  expect(codeOf(() => openVoteBook(bench.file, other))).toBe('other-network');
});

it('with a changed row is damaged, and not read as if nothing was signed', () => {
  const book = openVoteBook(bench.file, owner);
  book.record([{ slot: vote('commit', 0, 1), range }]);
  book.close();
  withDatabase((database) => database.exec("UPDATE slots SET slot = 'epoch 0 view 0 sequence 2'"));
  expect(codeOf(() => openVoteBook(bench.file, owner))).toBe('data-damaged');
});

it('is bounded in heights and in views', () => {
  const book = openVoteBook(bench.file, owner);
  const group = (count: number, slot: (i: number) => SlotContent): void => {
    for (let i = 1; i <= count; i += 100)
      book.record(Array.from({ length: 100 }, (_, k) => ({ slot: slot(i + k), range })));
  };
  group(heightsKept + 1_000, (height) => seal(height));
  group(viewsKept + 100, (view) => vote('view-change', view, 0));
  book.close();
  const count = withDatabase((database) => database.prepare('SELECT count(*) FROM slots').pluck().get());
  expect(count).toBeLessThan(heightsKept + viewsKept + 400);
});

it('takes another seal of a height that a recovery gave up, keeps it, and goes back to none of before', () => {
  const recovery = { epoch: 1, height: 6, survivors: [] };
  const isOpenAnew = (before: SlotContent, slot: SlotContent): boolean =>
    slot.epoch > before.epoch && isGivenUp(owner.validator, before, slot, recovery);
  const book = openVoteBook(bench.file, owner);
  const ask = (slot: SlotContent, at = book): string =>
    codeOf(() => at.record([{ slot, range, isOpenAnew }]));
  expect(ask(seal(6))).toBe('no error');
  expect(ask(seal(7))).toBe('no error');
  expect(ask(seal(6, '33', 1))).toBe('double-vote');
  expect(ask(seal(7, '33', 1))).toBe('no error');
  book.close();
  const again = openVoteBook(bench.file, owner);
  expect(ask(seal(7, '33', 1), again)).toBe('no error');
  expect(ask(seal(7, '44', 1), again)).toBe('double-vote');
  expect(ask(seal(7), again)).toBe('double-vote');
  again.close();
});
