/** Snapshots are written at exact heights, prove themselves, and a node goes on from them (rule C2). */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { appendLeaf } from '../../shared/crypto/merkle.ts';
import { type Height, heightOf } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { isPairEntry } from '../ledger/pairs.ts';
import {
  decodeManifest,
  manifestFault,
  piecePath,
  type SnapshotManifest,
} from '../ledger/snapshot-manifest.ts';
import { openPiece, proveLeaves, SnapshotFault, type StateEntry } from '../ledger/snapshot-piece.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { eventRuns } from './event-runs.ts';
import { packNumbers } from './framing.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { makeBackup } from './make-backup.ts';
import { openPairTable } from './pair-table.ts';
import { blobCrc } from './row-crc.ts';
import { draftSnapshot, openSnapshot, type SnapshotFile } from './snapshot-files.ts';
import { completeSnapshot, openSlicedEvents } from './snapshot-parts.ts';
import { writeSnapshot } from './snapshot-writer.ts';
import { stateRows } from './state-rows.ts';
import type { Storage } from './storage.ts';
import {
  collectingLog,
  exampleGenesis,
  executeOn,
  openExample,
  replayOn,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

const snapshots = { everyBlocks: 4, keep: 2 };
let source: TemporaryDirectory;
let target: TemporaryDirectory;
let storage: Storage;

beforeEach(async () => {
  source = temporaryDirectory();
  target = temporaryDirectory();
  storage = openExample(source.path, { snapshots });
  for (let height = 1; height <= 6; height += 1) await runBlock(storage, blockOf(height), timeOf(height));
});
afterEach(() => {
  storage.close();
  source.remove();
  target.remove();
});

const timeOf = (height: number): number => startTime + height * 1_000;

/** Several streams of different lengths, one of them in every transaction; an asset in each, which nobody is given. */
const blockOf = (height: number): Transaction[] => [
  transactionOf(exampleGenesis, 'assets.define', { asset: `a${height}`, decimals: 0 }),
  ...Array.from({ length: 8 }, (_, index) =>
    transactionOf(
      exampleGenesis,
      'streams.append',
      appendOf(index % 2 === 0 ? 'long' : `s${index}`, `e${height}-${index}`, 'any', 'x'),
    ),
  ),
];

/** Takes in what `from` offers and finishes; the node is to start again on it. */
function joinFrom(from: Storage, into: Storage): Height {
  const [offer] = from.snapshots.offers();
  const found = from.snapshots.manifest(offer!.manifest);
  const intake = into.snapshots.begin(found!.bytes, found!.certificate);
  const { manifest } = intake;
  expect(manifestFault(manifest)).toBeUndefined();
  for (let height = 1; height <= manifest.header.height; height += 1)
    intake.putHeaders([from.blocks.header!(heightOf(height))!]);
  for (let piece = 0; piece < manifest.tops.length; piece += 1) {
    const partOf = (part: number) => from.snapshots.part(offer!.manifest, piece, part)!;
    const leaves = proveLeaves(partOf(0), piecePath(piece, manifest.depth), manifest.tops[piece]);
    intake.putState(leaves);
    const proof = openPiece(leaves, manifest.parts[piece]!);
    while (proof.next > 0) intake.putPart(proof.take(partOf(proof.next)));
    intake.markDone('piece', piece);
  }
  intake.finish();
  return manifest.header.height;
}

function* provenEntries(
  { depth, tops, parts }: SnapshotManifest,
  piece: number,
  partOf: (part: number) => Uint8Array | undefined,
): Generator<readonly StateEntry[]> {
  const leaves = proveLeaves(partOf(0)!, piecePath(piece, depth), tops[piece]);
  yield leaves;
  const proof = openPiece(leaves, parts[piece]!);
  while (proof.next > 0) yield proof.take(partOf(proof.next)!).rows;
}

const restarted = (directory: string): Storage => openExample(directory, { snapshots });

describe('snapshots (rule C2)', () => {
  it('are taken at multiples of the interval, and a new node goes on from one to the same blocks', async () => {
    storage.snapshots.settle();
    expect(storage.snapshots.offers().map(({ height }) => height)).toEqual([4]);
    const fresh = restarted(target.path);
    expect(joinFrom(storage, fresh)).toBe(4);
    fresh.close();

    const joined = restarted(target.path);
    expect(joined.blocks.tip().height).toBe(4);
    expect(joined.blocks.tip().hash).toBe(storage.queries.block(heightOf(4))!.hash);
    expect(joined.state.height()).toBe(4);
    for (let height = 5; height <= 6; height += 1) {
      const stored = storage.blocks.read(heightOf(height))!;
      const known = storage.queries.blockTransactions(heightOf(height));
      const block = await runBlock(joined, sameTransactions(known), stored.batch.time);
      expect(block.hash).toBe(stored.certificate.block);
    }
    // A nonce that ran before the snapshot does not run again; neither does an eventId.
    const again = executeOn(
      joined,
      sameTransactions(storage.queries.blockTransactions(heightOf(2))),
      timeOf(7),
    );
    expect(again.ran).toHaveLength(0);
    joined.close();
  });

  it('keep headers, certificates and history provable, and say what is not there', () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    const joined = restarted(target.path);
    expect(joined.queries.block(heightOf(2))).toMatchObject({
      hash: storage.queries.block(heightOf(2))!.hash,
      certificate: { height: 2 },
    });
    expect(joined.queries.historyConsistency(heightOf(2), heightOf(4))).toEqual(
      storage.queries.historyConsistency(heightOf(2), heightOf(4)),
    );
    expect(joined.queries.historyInclusion(heightOf(1), heightOf(4))).toEqual(
      storage.queries.historyInclusion(heightOf(1), heightOf(4)),
    );
    expect(joined.blocks.read(heightOf(2))).toBeUndefined();
    const pruned = expect.objectContaining({ code: 'pruned' });
    expect(() => joined.queries.blockTransactions(heightOf(2))).toThrow(pruned);
    expect(() => joined.queries.inclusion(heightOf(2), 0)).toThrow(pruned);
    expect(() => joined.queries.streamEvents('long', { from: 0, limit: 10 })).toThrow(pruned);
    expect(() => joined.queries.events(0, 10)).toThrow(pruned);
    expect(() => joined.queries.transactions({}, { limit: 10 })).toThrow(pruned);
    expect(joined.queries.streamLength('long')).toBe(16);
    expect(joined.queries.assets('', { limit: 10, ascending: true }).rows).toEqual(['a1', 'a2', 'a3', 'a4']);
    joined.close();
  });

  it('is no ledger to back up: it proves nothing from genesis on', async () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    restarted(target.path).close();
    const options = { createdAt: 0, software: 'test', progress: { update: () => {} } };
    const backup = join(target.path, 'backup');
    await expect(makeBackup(target.path, backup, options)).rejects.toMatchObject({
      code: 'bodies-missing',
      facts: { directory: target.path, bodiesFrom: 5 },
    });
    expect(readdirSync(target.path)).not.toContain('backup');
  });

  it('number what comes after as every other node does', async () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    const joined = restarted(target.path);
    for (let height = 5; height <= 6; height += 1) {
      const known = storage.queries.blockTransactions(heightOf(height));
      await runBlock(joined, sameTransactions(known), timeOf(height));
    }
    expect(joined.queries.streamEvents('long', { from: 16, limit: 10 })).toEqual(
      storage.queries.streamEvents('long', { from: 16, limit: 10 }),
    );
    expect(joined.queries.events(32, 100)).toEqual(storage.queries.events(32, 100));
    const newest = { limit: 5 };
    expect(joined.queries.transactions({}, newest)).toEqual(storage.queries.transactions({}, newest));
    joined.close();
  });

  it('survive a kill at any point of being taken in', () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    const [offer] = storage.snapshots.offers();
    const found = storage.snapshots.manifest(offer!.manifest)!;
    const intake = fresh.snapshots.begin(found.bytes, found.certificate);
    intake.putHeaders([storage.blocks.header!(heightOf(1))!]);
    intake.markDone('headers', 0);
    fresh.close();
    const again = restarted(target.path);
    const resumed = again.snapshots.unfinished();
    expect(resumed?.digest).toBe(offer!.manifest);
    expect([resumed?.isDone('headers', 0), resumed?.isDone('piece', 0)]).toEqual([true, false]);
    expect(again.blocks.tip().height).toBe(0);
    again.close();
  });

  it('of which only so many are kept', async () => {
    for (let height = 7; height <= 16; height += 1) {
      await runBlock(storage, blockOf(height), timeOf(height));
      storage.snapshots.settle();
    }
    expect(storage.snapshots.offers().map(({ height }) => height)).toEqual([16, 12]);
    expect(readdirSync(join(source.path, 'snapshots')).sort()).toEqual([
      '12.index',
      '12.parts',
      '16.index',
      '16.parts',
    ]);
  });

  it('are dropped when their file is damaged, and not served', () => {
    storage.snapshots.settle();
    const [offer] = storage.snapshots.offers();
    const file = join(source.path, 'snapshots', '4.parts');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.with(20, bytes[20]! ^ 1));
    expect(storage.snapshots.part(offer!.manifest, 0, 0)).toBeUndefined();
    expect(storage.snapshots.offers()).toEqual([]);
  });

  it('are not written from damaged rows', () => {
    headersByHeight.set(heightOf(6), storage.queries.block(heightOf(6))!);
    storage.close();
    damage("UPDATE bound SET value = x'00' WHERE key LIKE 'bound/pairs/pages/%/3'");
    expect(() => cut()).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    storage = openExample(source.path, { snapshots });
  });

  it('are dropped where their events are damaged, and not served', () => {
    storage.snapshots.settle();
    const [offer] = storage.snapshots.offers();
    damage("UPDATE event_runs SET entries = x'00' WHERE stream = 'long'");
    const { tops, parts } = decodeManifest(storage.snapshots.manifest(offer!.manifest)!.bytes);
    const answers = tops.flatMap((_, piece) =>
      Array.from({ length: parts[piece]! + 1 }, (__, part) =>
        storage.snapshots.part(offer!.manifest, piece, part),
      ),
    );
    expect(answers).toContain(undefined);
    expect(storage.snapshots.offers()).toEqual([]);
  });

  it('are offered only by a node whose state is as far', () => {
    storage.snapshots.settle();
    expect(storage.snapshots.offers()).toHaveLength(1);
    storage.close();
    removeDerived(source.path);
    storage = openExample(source.path, { snapshots, checkpointChanges: 1 });
    expect(storage.state.height()).toBe(0);
    expect(storage.snapshots.offers()).toEqual([]);
    replayOn(storage);
    expect(storage.snapshots.offers().map(({ height }) => height)).toEqual([4]);
  });

  it('name events by slices, until somebody needs one that is whole: then its parts are the same', () => {
    headersByHeight.set(heightOf(6), storage.queries.block(heightOf(6))!);
    storage.close();
    const sliced = cutSlices();
    const whole = complete();
    expect([sliced.isWhole, whole.isWhole, whole.digest === sliced.digest]).toEqual([false, true, true]);
    const { tops, parts } = decodeManifest(whole.manifest);
    const events = openSlicedEvents(join(source.path, 'derived.db'));
    let slices = 0;
    for (const piece of tops.keys())
      for (let part = 0; part <= parts[piece]!; part += 1) {
        const named = sliced.slices(piece, part);
        slices += named?.length ?? 0;
        const bytes = named === undefined ? sliced.part(piece, part) : events.part(named, 6);
        expect(bytes).toEqual(whole.part(piece, part));
      }
    expect(slices).toBeGreaterThan(4);
    for (const { close } of [events, sliced, whole]) close();
    storage = openExample(source.path, { snapshots });
  });

  it('are as they were when a kill interrupts their becoming whole', () => {
    headersByHeight.set(heightOf(6), storage.queries.block(heightOf(6))!);
    storage.close();
    const sliced = cutSlices();
    const events = openSlicedEvents(join(source.path, 'derived.db'));
    const work = completeSnapshot(join(target.path, 'cut'), sliced, events);
    work.next();
    work.next();
    const again = openSnapshot(join(target.path, 'cut'), heightOf(6));
    expect([again.isWhole, again.digest]).toEqual([false, sliced.digest]);
    for (const { close } of [events, sliced, again]) close();
    const whole = complete();
    expect(whole.isWhole).toBe(true);
    whole.close();
    storage = openExample(source.path, { snapshots });
  });

  it('of an older version are read as they are', () => {
    headersByHeight.set(heightOf(6), storage.queries.block(heightOf(6))!);
    storage.close();
    const whole = cut();
    const { tops, parts } = decodeManifest(whole.manifest);
    const folder = join(target.path, 'old');
    mkdirSync(folder);
    const pieces = tops.map((_, piece) =>
      Array.from({ length: parts[piece]! + 1 }, (__, part) => whole.part(piece, part)!),
    );
    writeFileSync(join(folder, '6.parts'), Buffer.concat(pieces.flat()));
    const numbers = pieces.map((all) => packNumbers(all.flatMap((bytes) => [bytes.length, crc32(bytes)])));
    const digest = new Uint8Array(Buffer.from(whole.digest, 'hex'));
    writeFileSync(
      join(folder, '6.index'),
      encode({ version: 1, manifest: whole.manifest, digest, pieces: numbers }),
    );
    const old = openSnapshot(folder, heightOf(6));
    expect(old.isWhole).toBe(true);
    for (const [piece, all] of pieces.entries())
      for (const [part, bytes] of all.entries()) expect(old.part(piece, part)).toEqual(bytes);
    for (const { close } of [old, whole]) close();
    storage = openExample(source.path, { snapshots });
  });
});

describe('a node that came by a snapshot (rule C2)', () => {
  it('has a whole one, which it keeps, and state comes from it when it is lost', async () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    let joined = restarted(target.path);
    joined.snapshots.settle();
    expect(joined.snapshots.newestWhole()?.height).toBe(4);
    for (let height = 5; height <= 17; height += 1) {
      await runBlock(joined, blockOf(height), timeOf(height));
      joined.snapshots.settle();
    }
    expect(joined.snapshots.offers().map(({ height }) => height)).toEqual([16, 12]);
    expect(joined.snapshots.newestWhole()?.height).toBe(4);
    const root = joined.state.stateRoot();
    joined.close();
    removeDerived(target.path);
    joined = restarted(target.path);
    expect(joined.state.height()).toBe(4);
    replayOn(joined);
    expect(joined.state.stateRoot()).toBe(root);
    expect(joined.queries.streamLength('long')).toBe(68);
    joined.close();
  });

  it('goes on to make it whole after a kill, and does not wait for the next one', () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    const killed = restarted(target.path);
    killed.snapshots.settle();
    killed.close();
    makeSliced(join(target.path, 'snapshots'), storage.snapshots.offers()[0]!.manifest);
    const again = restarted(target.path);
    expect(again.snapshots.newestWhole()).toBeUndefined();
    again.snapshots.settle();
    expect(again.snapshots.newestWhole()?.height).toBe(4);
    again.close();
  });
});

describe('a node that came by a snapshot and was killed before it had one of its own', () => {
  it('takes one soon, and not only when the next is due', async () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    restarted(target.path).close();
    const seldom = { snapshots: { everyBlocks: 0, keep: 2 } };
    let joined = openExample(target.path, seldom);
    joined.snapshots.settle();
    expect(joined.snapshots.newestWhole()).toBeUndefined();
    for (let height = 5; height <= 7; height += 1) {
      await runBlock(joined, blockOf(height), timeOf(height));
      joined.snapshots.settle();
    }
    const root = joined.state.stateRoot();
    joined.close();
    removeDerived(target.path);
    joined = openExample(target.path, seldom);
    replayOn(joined);
    expect(joined.state.stateRoot()).toBe(root);
    joined.close();
  });
});

describe('a snapshot that is taken over', () => {
  it('is taken over again after a kill just before its file becomes that of state', () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    removeDerived(target.path);
    // Renaming fails, as if it had never come to that.
    const inTheWay = join(target.path, 'derived.db');
    mkdirSync(inTheWay);
    expect(() => restarted(target.path)).toThrow();
    rmSync(inTheWay, { recursive: true });
    const log = collectingLog();
    const joined = openExample(target.path, { snapshots, log });
    expect(log.lines.map(({ code }) => code)).not.toContain('joining-discarded');
    expect([joined.state.height(), joined.blocks.tip().height]).toEqual([4, 4]);
    joined.close();
    const derived = new Database(inTheWay, { readonly: true });
    expect(derived.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'join%'").all()).toEqual([]);
    derived.close();
  });

  it('and was whole already under the older version keeps its events, which are moved', () => {
    storage.snapshots.settle();
    const fresh = restarted(target.path);
    joinFrom(storage, fresh);
    fresh.close();
    const events = eventsIntoBound(join(target.path, 'joining.db'));
    expect(events.length).toBeGreaterThan(10);
    const log = collectingLog();
    const joined = openExample(target.path, { snapshots, log });
    expect(log.lines).toContainEqual(expect.objectContaining({ code: 'events-moved' }));
    expect(joined.state.height()).toBe(4);
    for (const [key, value] of events) expect(joined.state.get(key)).toEqual(value);
    joined.close();
  });
});

describe('pruning', () => {
  it('leaves a whole snapshot that state comes from when its file is an older one', async () => {
    storage.snapshots.settle();
    const older = new Map(
      ['derived.db', 'derived.db-wal'].map((name) => [name, readFileSync(join(source.path, name))]),
    );
    for (let height = 7; height <= 9; height += 1) await runBlock(storage, blockOf(height), timeOf(height));
    storage.snapshots.settle();
    storage.prune(1);
    const root = storage.state.stateRoot();
    storage.close();
    removeDerived(source.path);
    for (const [name, bytes] of older) writeFileSync(join(source.path, name), bytes);
    storage = openExample(source.path, { snapshots });
    expect(storage.state.height()).toBe(8);
    replayOn(storage);
    expect(storage.state.stateRoot()).toBe(root);
  });

  it('removes no body behind a whole snapshot whose file is damaged, also not the second time', async () => {
    for (let height = 7; height <= 14; height += 1) await runBlock(storage, blockOf(height), timeOf(height));
    storage.snapshots.settle();
    const before = storage.snapshots.offers()[0]!.height;
    expect(storage.prune(10)).toMatchObject({ bodiesFrom: 5, snapshot: before });
    flip(join(source.path, 'snapshots', `${before}.parts`));
    expect(() => storage.prune(4)).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    expect(storage.blocks.read(heightOf(5))).toBeDefined();
    expect(storage.snapshots.offers().map(({ height }) => height)).not.toContain(before);
  });

  it('leaves a whole snapshot that a reader finds, also beside a newer one that is damaged', async () => {
    storage.snapshots.settle();
    storage.prune(1);
    for (let height = 7; height <= 8; height += 1) await runBlock(storage, blockOf(height), timeOf(height));
    storage.snapshots.settle();
    const folder = join(source.path, 'snapshots');
    expect(readdirSync(folder)).toContain('8.index');
    writeFileSync(join(folder, '8.index'), 'damaged');
    const reader = openLedgerReader(source.path);
    const found = reader.snapshot();
    expect(found).toMatchObject({ height: 4, isWhole: true });
    found?.close();
    writeFileSync(join(folder, '4.index'), 'damaged');
    expect(() => reader.snapshot()).toThrow();
    reader.close();
  });

  it('removes no body while events of the snapshot are damaged', () => {
    storage.snapshots.settle();
    damage("UPDATE event_runs SET crc = crc + 1 WHERE stream = 's7'");
    expect(() => storage.prune(1)).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    expect(storage.blocks.read(heightOf(1))).toBeDefined();
    storage.close();
    // What was damaged is derived anew by the next start, and pruning goes on.
    storage = openExample(source.path, { snapshots });
    replayOn(storage);
    expect(storage.prune(1)).toMatchObject({ bodiesFrom: 5 });
  });

  it('keeps its whole snapshot when the block of that height is executed again', () => {
    storage.snapshots.settle();
    storage.prune(1);
    const whole = storage.snapshots.newestWhole()!;
    const { hash, header } = storage.queries.block(whole.height)!;
    const { history, state: stateRoot } = header;
    const at = {
      height: whole.height,
      hash,
      stateRoot,
      history: { size: whole.height, hashes: [fromHex(history)] },
    };
    storage.snapshots.take(at);
    expect(storage.snapshots.newestWhole()).toBe(whole);
    expect(openSnapshot(join(source.path, 'snapshots'), whole.height).isWhole).toBe(true);
  });
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  const at = bytes.length - 20;
  writeFileSync(file, bytes.with(at, bytes[at]! ^ 1));
}

/** As the version before runs had them. @returns them, by key */
function eventsIntoBound(file: string): (readonly [string, Uint8Array])[] {
  const database = new Database(file);
  const rows = stateRows(database, file);
  const events = eventRuns(database, file)
    .keysAfter(undefined, 1_000)
    .flatMap(({ keys }) => keys.map((key) => [key, rows.get(key)!] as const));
  const insert = database.prepare('INSERT INTO bound VALUES (?, ?, ?)');
  for (const [key, value] of events) insert.run(key, value, blobCrc(value, 'bound', key));
  database.exec('DELETE FROM event_runs; DELETE FROM event_ids;');
  database.close();
  return events;
}

/** As it was before it became whole: what the source's file says. */
function makeSliced(folder: string, digest: string): void {
  for (const name of ['4.index', '4.parts'])
    writeFileSync(join(folder, name), readFileSync(join(source.path, 'snapshots', name)));
  expect(openSnapshot(folder, heightOf(4))).toMatchObject({ isWhole: false, digest });
}

function removeDerived(directory: string): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(join(directory, `derived.db${ending}`), { force: true });
}

function damage(statement: string): void {
  const database = new Database(join(source.path, 'derived.db'));
  expect(database.prepare(statement).run().changes).toBeGreaterThan(0);
  database.close();
}

const small = { pieceBytes: 1_000, partBytes: 300, partEvents: 3, sliceEvents: 4 };

/** Cuts state as it is on disk into small pieces. */
function cut(): SnapshotFile {
  cutSlices().close();
  return complete();
}

/** Of what `cutSlices` cut. */
function complete(): SnapshotFile {
  const directory = join(target.path, 'cut');
  const events = openSlicedEvents(join(source.path, 'derived.db'));
  const work = completeSnapshot(directory, openSnapshot(directory, heightOf(6)), events);
  for (;;) {
    const { done, value } = work.next();
    if (done !== true) continue;
    events.close();
    return value!;
  }
}

function cutSlices(): SnapshotFile {
  const file = join(source.path, 'derived.db');
  const database = new Database(file, { readonly: true });
  try {
    const rows = stateRows(database, file);
    const { height } = rows.checkpoint()!;
    const { header, headerBytes } = headersByHeight.get(height)!;
    const directory = join(target.path, 'cut');
    const draft = draftSnapshot(directory, height);
    const history = { size: height, hashes: [] };
    const of = { rows, file, header, headerBytes, history, transactions: 0 };
    for (const _ of writeSnapshot(of, draft, small));
    return openSnapshot(directory, height);
  } finally {
    database.close();
  }
}
const headersByHeight = new Map<Height, NonNullable<ReturnType<Storage['queries']['block']>>>();

describe('pieces of a snapshot', () => {
  let file: SnapshotFile;
  let manifest: SnapshotManifest;

  beforeEach(() => {
    headersByHeight.set(heightOf(6), storage.queries.block(heightOf(6))!);
    storage.close();
    file = cut();
    manifest = decodeManifest(file.manifest);
    storage = openExample(source.path, { snapshots });
  });
  afterEach(() => file.close());

  const partOf =
    (piece: number) =>
    (part: number): Uint8Array | undefined =>
      file.part(piece, part);

  it('together are all of state, whatever the cut', () => {
    expect(manifest.depth).toBeGreaterThan(1);
    expect(Math.max(...manifest.parts)).toBeGreaterThan(1);
    const all = new Map<string, Uint8Array>();
    for (let piece = 0; piece < manifest.tops.length; piece += 1)
      for (const entries of provenEntries(manifest, piece, partOf(piece)))
        for (const [key, value] of entries) all.set(key, value);
    const database = new Database(join(source.path, 'derived.db'), { readonly: true });
    const rows = stateRows(database, 'derived.db');
    const entries = [...all.keys()].filter(isPairEntry);
    expect(entries.length).toBeGreaterThan(0);
    const pairs = openPairTable(rows);
    const events = [...all.keys()].filter((key) => key.startsWith(stateKeys.eventIds));
    expect(events).toHaveLength(48);
    const expected = new Map([
      ...rows.entries(''),
      ...rows.boundUnder('bound/'),
      ...entries.map((key) => [key, pairs.get(key)] as const),
      ...events.map((key) => [key, rows.get(key)] as const),
    ]);
    database.close();
    expect([...all.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, value] of expected) expect(all.get(key)).toEqual(value);
  });

  it('prove no changed byte, no missing and no additional entry', () => {
    for (let piece = 0; piece < manifest.tops.length; piece += 1) {
      for (let part = 0; part <= manifest.parts[piece]!; part += 1) {
        const bytes = file.part(piece, part)!;
        for (let at = 0; at < bytes.length; at += 17) {
          const spoiled = bytes.with(at, bytes[at]! ^ (1 << (at % 8)));
          const spoil = (number: number) => (number === part ? spoiled : file.part(piece, number));
          expect(() => [...provenEntries(manifest, piece, spoil)], `${piece}/${part}/${at}`).toThrow();
        }
      }
    }
  });

  it('do not prove as pieces of another place, in another order, or cut short', () => {
    const piece = manifest.parts.findIndex((count) => count > 1);
    const leaves = proveLeaves(file.part(piece, 0)!, piecePath(piece, manifest.depth), manifest.tops[piece]);
    const count = manifest.parts[piece]!;
    const other = manifest.tops.findIndex((top, index) => index !== piece && top !== undefined);
    expect(() =>
      proveLeaves(file.part(other, 0)!, piecePath(piece, manifest.depth), manifest.tops[piece]),
    ).toThrow(SnapshotFault);
    expect(() => openPiece(leaves, count).take(file.part(piece, count - 1)!)).toThrow(SnapshotFault);
    expect(() => openPiece(leaves, 1).take(file.part(piece, count)!)).toThrow(SnapshotFault);
    expect(() => openPiece(leaves, 0)).toThrow(SnapshotFault);
  });

  it('do not hide a lie in the manifest', () => {
    const honest = { ...manifest, history: honestHistory() };
    expect(manifestFault(honest)).toBeUndefined();
    expect(manifestFault(manifest)).toBeDefined();
    expect(manifestFault({ ...honest, tops: [...honest.tops].reverse() })).toBeDefined();
    expect(manifestFault({ ...honest, depth: honest.depth + 1 })).toBeDefined();
    expect(manifestFault({ ...honest, parts: honest.parts.slice(1) })).toBeDefined();
  });

  /** The frontier that the header of the cut names. */
  function honestHistory(): SnapshotManifest['history'] {
    // That of height 4 may be there by now, or not.
    if (storage.snapshots.offers().some(({ height }) => height === 6))
      throw new Error('no snapshot of height 6 is expected');
    let history = exampleGenesis.history;
    for (let height = 1; height < 6; height += 1)
      history = appendLeaf(history, fromHex(storage.queries.block(heightOf(height))!.hash));
    return history;
  }
});

const sameTransactions = (records: readonly { readonly envelope: Uint8Array }[]): Transaction[] =>
  records.map(({ envelope }) => decodeEnvelope(envelope));
