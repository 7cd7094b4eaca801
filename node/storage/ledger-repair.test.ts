/** Damaged blocks are found by reading, and replaced by what another directory has. */
import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeOutcome, headerHash } from '../../shared/codec/ledger.ts';
import { type Height, heightOf } from '../../shared/types/brands.ts';
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import type { DecidedBlock, ProvenBlock, RepairPort } from '../runtime/ports.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { openForRepair } from './open-for-repair.ts';
import {
  certify,
  collectingLog,
  exampleGenesis,
  executeOn,
  openExample,
  replayOn,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

let original: TemporaryDirectory;
/** What an undamaged peer answers. */
const healthy = new Map<Height, DecidedBlock>();
const blocks = 6;

beforeAll(async () => {
  original = temporaryDirectory();
  const storage = openExample(original.path);
  for (let height = 1; height <= blocks; height++) {
    const ran = Array.from({ length: 9 }, (_, index) =>
      transactionOf(
        exampleGenesis,
        'streams.append',
        appendOf(`s${index % 4}`, `${height}.${index}`, 'any', 'x'.repeat(90)),
      ),
    );
    // The last one is in the batch a second time and skipped there.
    await runBlock(storage, [...ran, ran[0]!], startTime + height);
  }
  for (let height = heightOf(1); height <= blocks; height = heightOf(height + 1))
    healthy.set(height, storage.repair.decided(height)!);
  storage.close();
});
afterAll(() => original.remove());

function copied(): TemporaryDirectory {
  const copy = temporaryDirectory();
  for (const name of readdirSync(original.path))
    copyFileSync(join(original.path, name), join(copy.path, name));
  return copy;
}

function change(directory: string, sql: string): void {
  const database = new Database(join(directory, 'ledger.db'));
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

function everything(directory: string): string {
  const reader = openLedgerReader(directory);
  try {
    const text = JSON.stringify([reader.genesis, [...reader.blocks()]]);
    return createHash('sha256').update(text).digest('hex');
  } finally {
    reader.close();
  }
}

/** As the runtime proves it; the sender of all of them is one. */
function provenBy({ ran, ...stored }: DecidedBlock): ProvenBlock {
  const sender = 'north.submitter';
  const outcomes = ran.map(({ outcome }) => decodeOutcome(outcome));
  return {
    height: stored.certificate.height,
    hash: headerHash(stored.header),
    stored,
    ran: ran.map((one, index) => ({
      ...one,
      place: stored.batch.ids.indexOf(outcomes[index]!.transaction),
      sender,
    })),
    failed: outcomes.filter(({ status }) => status === 'failed').length,
  };
}

const inspectAll = (repair: RepairPort): readonly Height[] => {
  for (let next: Height | undefined = heightOf(1); next !== undefined; ) next = repair.inspect(next, 15);
  return repair.damaged();
};

function repairAll(repair: RepairPort): void {
  for (const height of repair.damaged())
    expect(repair.replace(provenBy(healthy.get(height)!)), `height ${height}`).toBeUndefined();
}

it('the blocks beside one say whom it follows and who follows it, as far as they are intact', () => {
  const copy = copied();
  change(copy.path, "UPDATE blocks SET batch = x'01' WHERE height IN (3, 5)");
  const { repair, close } = openForRepair(copy.path);
  const hashAt = (height: number) => healthy.get(heightOf(height))!.certificate.block;
  expect(repair.beside(heightOf(2))).toEqual({ below: hashAt(1) });
  expect(repair.beside(heightOf(3))).toEqual({ below: hashAt(2), parentAbove: hashAt(3) });
  expect(repair.beside(heightOf(4))).toEqual({});
  expect(repair.beside(heightOf(6))).toEqual({});
  close();
  copy.remove();
});

describe('what a block decided by itself', () => {
  const closing: readonly LedgerEvent[] = [{ type: 'activation.activated', data: { number: 4 } }];
  async function repairedBehind(sql: string): Promise<readonly LedgerEvent[]> {
    const directory = temporaryDirectory();
    const storage = openExample(directory.path);
    const transactions = [transactionOf(exampleGenesis, 'streams.append', appendOf('s', 'a'))];
    const block = { ...executeOn(storage, transactions, startTime), closing };
    await certify(storage, block, transactions, startTime);
    const decided = storage.repair.decided(heightOf(1))!;
    storage.close();
    change(directory.path, sql);
    const { repair, close } = openForRepair(directory.path);
    expect(inspectAll(repair)).toEqual([1]);
    expect(repair.replace(provenBy(decided))).toBeUndefined();
    close();
    const reader = openLedgerReader(directory.path);
    const found = reader.block(heightOf(1)).closing;
    reader.close();
    directory.remove();
    return found;
  }

  it('stays where the damage lies in its transactions: its own row says it', async () => {
    expect(await repairedBehind("UPDATE entries SET outcome = x'01' WHERE number = 0")).toEqual(closing);
  });

  it('is gone with its row: no peer can prove it', async () => {
    expect(await repairedBehind("UPDATE blocks SET batch = x'00' WHERE height = 1")).toEqual([]);
  });
});

describe('a damaged block', () => {
  it.each<[name: string, sql: string, heights: readonly number[]]>([
    [
      'header',
      "UPDATE blocks SET header = substr(header, 1, 9) || x'00' || substr(header, 11) WHERE height = 3",
      [3],
    ],
    ['hash', 'UPDATE blocks SET hash = zeroblob(32) WHERE height = 2', [2]],
    ['certificate', "UPDATE blocks SET certificate = x'00' WHERE height = 6", [6]],
    ['batch', "UPDATE blocks SET batch = x'' WHERE height = 1", [1]],
    ['number', 'UPDATE blocks SET first = first + 1 WHERE height = 4', [4]],
    ['neighbours', "UPDATE blocks SET batch = x'01' WHERE height IN (2, 3, 4)", [2, 3, 4]],
    ['row that is gone', 'DELETE FROM blocks WHERE height = 5', [5]],
    ['envelope', "UPDATE entries SET envelope = x'01' WHERE number = 10", [2]],
    ['outcome', "UPDATE entries SET outcome = x'01' WHERE number = 0", [1]],
    ['events', "UPDATE entries SET events = x'01' WHERE number = 53", [6]],
    ['sender', "UPDATE entries SET sender = 'south.admin' WHERE number = 27", [4]],
    ['entry that is gone', 'DELETE FROM entries WHERE number = 31', [4]],
    ['entries of two blocks', 'UPDATE entries SET crc = 0 WHERE number IN (8, 9)', [1, 2]],
    ['skipped envelope', "UPDATE skipped SET envelope = x'01' WHERE height = 4", [4]],
  ])('is found and put right: %s', (_name, sql, heights) => {
    const copy = copied();
    change(copy.path, sql);
    const storage = openForRepair(copy.path);
    expect(inspectAll(storage.repair)).toEqual(heights);
    repairAll(storage.repair);
    expect(inspectAll(storage.repair)).toEqual([]);
    storage.close();
    expect(everything(copy.path)).toBe(everything(original.path));
    copy.remove();
  });

  it('is told once, whoever reads it, and answers again when it is replaced', () => {
    const copy = copied();
    change(copy.path, "UPDATE entries SET outcome = x'01' WHERE number = 20");
    const storage = openExample(copy.path);
    const told: number[] = [];
    storage.repair.watch((height) => told.push(height));
    const ask = () => storage.queries.blockTransactions(heightOf(3)).length;
    expect(ask).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    expect(ask).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    expect(() => storage.blocks.read(heightOf(3))).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    expect(storage.queries.blockTransactions(heightOf(2))).toHaveLength(9);
    expect(told).toEqual([3]);
    expect(storage.repair.damaged()).toEqual([3]);
    repairAll(storage.repair);
    expect(ask()).toBe(9);
    expect(storage.repair.damaged()).toEqual([]);
    storage.close();
    copy.remove();
  });

  it('whose place is taken by a row that no search finds stays named, and nothing is written', () => {
    const copy = copied();
    change(copy.path, "UPDATE entries SET outcome = x'01' WHERE number = 10");
    const storage = openForRepair(copy.path);
    expect(inspectAll(storage.repair)).toEqual([2]);
    const blocked = new Database(join(copy.path, 'ledger.db'));
    blocked.exec(
      "CREATE TRIGGER in_the_way BEFORE INSERT ON entries WHEN new.number = 11 BEGIN SELECT RAISE(ABORT, 'taken'); END",
    );
    blocked.close();
    expect(storage.repair.replace(provenBy(healthy.get(heightOf(2))!))).toMatch(/taken/);
    expect(storage.repair.damaged()).toEqual([2]);
    storage.close();
    copy.remove();
  });

  it('of random bytes is put right, or stays named', () => {
    const bytes = readFileSync(join(original.path, 'ledger.db'));
    const expected = everything(original.path);
    let repaired = 0;
    for (let round = 0; round < 30; round++) {
      const copy = copied();
      const flipped = Buffer.from(bytes);
      const at = 8_192 + Math.floor(((bytes.length - 8_192) * round) / 30) + round;
      flipped[at] = flipped[at]! ^ (1 << (round % 8));
      writeFileSync(join(copy.path, 'ledger.db'), flipped);
      repaired += repairedIn(copy.path, expected, `byte ${at}`);
      copy.remove();
    }
    expect(repaired).toBeGreaterThan(5);
  }, 60_000);
});

/** @returns 1 if something was damaged and now is not. */
function repairedIn(directory: string, expected: string, hint: string): number {
  let storage: ReturnType<typeof openForRepair>;
  try {
    storage = openForRepair(directory);
  } catch (error) {
    expect(error, hint).toMatchObject({ code: 'data-damaged' });
    return 0;
  }
  const { repair } = storage;
  const heights = inspectAll(repair);
  const failures = heights.flatMap((height) => {
    const peers = healthy.get(height);
    return (peers === undefined ? 'no peer has it' : repair.replace(provenBy(peers))) ?? [];
  });
  const left = inspectAll(repair);
  storage.close();
  if (failures.length > 0 || left.length > 0 || heights.length === 0) return 0;
  expect(everything(directory), hint).toBe(expected);
  return 1;
}

describe('genesis', () => {
  it.each(["UPDATE blocks SET header = x'00' WHERE height = 0", "UPDATE genesis SET events = x'00'"])(
    'is written again from the genesis document at a start: %s',
    (sql) => {
      const copy = copied();
      change(copy.path, sql);
      const log = collectingLog();
      openExample(copy.path, { log }).close();
      expect(log.lines.map(({ code }) => code)).toEqual(['data-damaged', 'data-repaired']);
      expect(everything(copy.path)).toBe(everything(original.path));
      copy.remove();
    },
  );
});

describe('bodies that are not here', () => {
  async function pruned(): Promise<TemporaryDirectory> {
    const copy = copied();
    const storage = openExample(copy.path, { snapshots: { everyBlocks: 2, keep: 1 } });
    replayOn(storage);
    for (let height = blocks + 1; height <= blocks + 2; height++)
      await runBlock(storage, [], startTime + height);
    storage.snapshots.settle();
    expect(storage.prune(2).bodiesFrom).toBe(7);
    storage.close();
    return copy;
  }

  it('are no damage; a damaged header among them is replaced without a body', async () => {
    const copy = await pruned();
    const untouched = openForRepair(copy.path);
    expect(inspectAll(untouched.repair)).toEqual([]);
    expect(untouched.repair.decided(heightOf(3))).toBeUndefined();
    untouched.close();
    change(copy.path, "UPDATE blocks SET header = x'00' WHERE height = 3");
    const storage = openForRepair(copy.path);
    expect(inspectAll(storage.repair)).toEqual([3]);
    repairAll(storage.repair);
    storage.close();
    const reader = openLedgerReader(copy.path);
    expect(reader.row(heightOf(3))).toMatchObject({ hasBody: false, first: 18, ran: 9, failed: 0 });
    expect(() => reader.block(heightOf(3))).toThrow(expect.objectContaining({ code: 'pruned' }));
    reader.close();
    copy.remove();
  });
});
