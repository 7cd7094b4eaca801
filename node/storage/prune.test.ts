/** Old bodies go behind a snapshot; what is left says what it lacks and still proves the rest. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { payloadDigest } from '../../shared/codec/payload.ts';
import { heightOf } from '../../shared/types/brands.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { makeBackup } from './make-backup.ts';
import { restoreBackup } from './restore-backup.ts';
import type { Storage } from './storage.ts';
import {
  exampleGenesis,
  openExample,
  replayOn,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

const snapshots = { everyBlocks: 5, keep: 2 };
let directory: TemporaryDirectory;
let storage: Storage;

beforeEach(async () => {
  directory = temporaryDirectory();
  storage = openExample(directory.path, { snapshots });
  for (let height = 1; height <= 12; height += 1) {
    await runBlock(storage, blockOf(height), timeOf(height));
    storage.snapshots.settle();
  }
});
afterEach(() => {
  storage.close();
  directory.remove();
});

const timeOf = (height: number): number => startTime + height * 1_000;
const blockOf = (height: number) =>
  Array.from({ length: 4 }, (_, index) =>
    transactionOf(
      exampleGenesis,
      'streams.append',
      appendOf(`s${index}`, `e${height}-${index}`, 'any', 'x'.repeat(50)),
    ),
  );
const pruned = expect.objectContaining({ code: 'pruned', facts: expect.objectContaining({ bodiesFrom: 9 }) });

/** As the command does it, of a node that is started again afterwards. */
function prune(keep: number): void {
  storage.prune(keep);
  storage.close();
  storage = openExample(directory.path, { snapshots });
}

describe('pruning beside a backup', () => {
  /** It began before, and copies the ledger last. */
  async function backupAround(prune: () => void): Promise<string> {
    const bytes = new Uint8Array(5_000).fill(7);
    const digest = payloadDigest(bytes);
    await new Promise<void>((resolve) => storage.payloads.put([{ digest, bytes }], 0, resolve));
    const target = join(directory.path, 'copy');
    let isPruned = false;
    const progress = {
      update() {
        if (!isPruned) prune();
        isPruned = true;
      },
    };
    const options = { createdAt: 1, software: 'test', payloads: true, progress };
    const manifest = await makeBackup(directory.path, target, options);
    expect(isPruned).toBe(true);
    return manifest.files.map(({ name }) => name).join(' ');
  }

  it('leaves it with the snapshot that stands for the bodies that went', async () => {
    expect(await backupAround(() => storage.prune(4))).toBe(
      'ledger.db snapshots/10.parts snapshots/10.index payloads.db',
    );
    const reader = openLedgerReader(join(directory.path, 'copy'));
    const snapshot = reader.snapshot();
    expect([reader.bodiesFrom, snapshot?.height]).toEqual([9, 10]);
    snapshot?.close();
    reader.close();
  });
});

describe('pruning', () => {
  it('removes no body that no snapshot stands for', () => {
    storage.close();
    rmSync(join(directory.path, 'snapshots'), { recursive: true });
    storage = openExample(directory.path, { snapshots });
    expect(() => storage.prune(4)).toThrow(expect.objectContaining({ code: 'snapshot-missing' }));
  });

  it('keeps at least what it is told to keep, and what is not behind the snapshot', () => {
    storage.snapshots.settle();
    expect(storage.prune(1)).toEqual({ blocks: 10, transactions: 40, bodiesFrom: 11, snapshot: 10 });
    expect(storage.prune(8)).toMatchObject({ blocks: 0, bodiesFrom: 11 });
    expect(storage.blocks.bodiesFrom?.()).toBe(11);
  });

  it('leaves headers, certificates and history, and says what it does not have', () => {
    storage.snapshots.settle();
    const before = {
      block: storage.queries.block(heightOf(3)),
      consistency: storage.queries.historyConsistency(heightOf(2), heightOf(12)),
      inclusion: storage.queries.historyInclusion(heightOf(3), heightOf(12)),
    };
    const [old] = storage.queries.blockTransactions(heightOf(3));
    prune(4);
    const { queries } = storage;
    expect(queries.block(heightOf(3))).toEqual({ ...before.block, hasBody: false });
    expect(queries.historyConsistency(heightOf(2), heightOf(12))).toEqual(before.consistency);
    expect(queries.historyInclusion(heightOf(3), heightOf(12))).toEqual(before.inclusion);
    expect(storage.blocks.header?.(heightOf(3))).toBeDefined();
    expect(storage.blocks.read(heightOf(8))).toBeUndefined();
    expect(storage.blocks.read(heightOf(9))).toBeDefined();
    expect(() => queries.transaction(old!.id)).toThrow(pruned);
    expect(() => queries.blockTransactions(heightOf(8))).toThrow(pruned);
    expect(() => queries.inclusion(heightOf(8), 0)).toThrow(pruned);
    expect(() => queries.streamEvents('s1', { from: 0, limit: 5 })).toThrow(pruned);
    expect(() => queries.events(0, 5)).toThrow(pruned);
    expect(queries.streamLength('s1')).toBe(12);
    expect(queries.streamEvents('s1', { from: 8, limit: 5 })).toHaveLength(4);
    expect(queries.events(32, 100)).toHaveLength(16);
  });

  it('ends a list where the bodies end, and the next page says so', () => {
    prune(4);
    const { queries } = storage;
    const first = queries.transactions({}, { limit: 10 });
    expect([first.rows.length, first.rows.at(-1)?.height]).toEqual([10, 10]);
    const second = queries.transactions({}, { limit: 10, cursor: first.next! });
    expect([second.rows.length, second.rows.at(-1)?.height]).toEqual([6, 9]);
    expect(() => queries.transactions({}, { limit: 10, cursor: second.next! })).toThrow(pruned);
    expect(() => queries.transactions({}, { limit: 10, ascending: true })).toThrow(pruned);
    const from = { fromHeight: heightOf(9) };
    expect(queries.transactions(from, { limit: 50, ascending: true }).rows).toHaveLength(16);
  });

  it('lets the node go on, also when state and index are lost', async () => {
    prune(4);
    storage.close();
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(directory.path, `derived.db${ending}`), { force: true });
    storage = openExample(directory.path, { snapshots });
    expect(storage.state.height()).toBe(10);
    replayOn(storage);
    expect(storage.state.height()).toBe(12);
    await runBlock(storage, blockOf(13), timeOf(13));
    expect(storage.queries.streamLength('s1')).toBe(13);
    expect(storage.queries.streamEvents('s1', { from: 10, limit: 5 })).toHaveLength(3);
    expect(storage.queries.historyInclusion(heightOf(3), heightOf(12)).size).toBe(12);
  });

  it('is backed up with the snapshot, and restored into a node that goes on', async () => {
    prune(4);
    const options = { createdAt: 0, software: 'test', progress: { update: () => {} } };
    const backup = join(directory.path, 'backup');
    const { files, height } = await makeBackup(directory.path, backup, options);
    expect([height, files.map(({ name }) => name)]).toEqual([
      12,
      ['ledger.db', 'snapshots/10.parts', 'snapshots/10.index'],
    ]);
    const into = join(directory.path, 'restored');
    await restoreBackup(backup, into, { progress: options.progress, verify: async () => {} });
    const restored = openExample(into, { snapshots });
    expect(restored.state.height()).toBe(10);
    replayOn(restored);
    expect(restored.state.stateRoot()).toBe(storage.state.stateRoot());
    expect(restored.votes.load().records).toEqual([]);
    restored.close();
  });

  it('is not restored when its snapshot is damaged or missing', async () => {
    prune(4);
    const options = { createdAt: 0, software: 'test', progress: { update: () => {} } };
    const backup = join(directory.path, 'backup');
    await makeBackup(directory.path, backup, options);
    const restore = () =>
      restoreBackup(backup, join(directory.path, 'restored'), {
        progress: options.progress,
        verify: async () => {},
      });
    const parts = join(backup, 'snapshots', '10.parts');
    const bytes = readFileSync(parts);
    bytes[20]! ^= 1;
    writeFileSync(parts, bytes);
    await expect(restore()).rejects.toMatchObject({ code: 'backup-damaged', facts: { file: parts } });
    rmSync(parts);
    await expect(restore()).rejects.toMatchObject({ code: 'backup-damaged', facts: { file: parts } });
  });

  it('is seen by a reader of the directory', () => {
    prune(4);
    const reader = openLedgerReader(directory.path);
    expect([reader.bodiesFrom, reader.tip]).toEqual([9, 12]);
    expect(reader.row(heightOf(3)).hasBody).toBe(false);
    expect(() => reader.block(heightOf(3))).toThrow(pruned);
    expect(reader.block(heightOf(9)).transactions).toHaveLength(4);
    const snapshot = reader.snapshot();
    expect(snapshot?.height).toBe(10);
    snapshot?.close();
    reader.close();
  });
});
