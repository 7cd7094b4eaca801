/** Flipped bits are found when a row is read, named, and never served (design, section 10). */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchDigest } from '../../shared/codec/ledger.ts';
import { heightOf } from '../../shared/types/brands.ts';
import { emptyRun } from '../ledger/snapshot-bound.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { StorageError } from './errors.ts';
import { eventRuns } from './event-runs.ts';
import { openLedgerReader } from './ledger-reader.ts';
import {
  batchOf,
  collectingLog,
  exampleGenesis,
  openExample,
  replayOn,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './test-support.ts';

let original: TemporaryDirectory;
const transactions = Array.from({ length: 60 }, (_, index) =>
  transactionOf(
    exampleGenesis,
    'streams.append',
    appendOf(`s${index % 7}`, `e${index}`, 'any', 'x'.repeat(90)),
  ),
);

beforeAll(async () => {
  original = temporaryDirectory();
  const storage = openExample(original.path);
  for (let height = 1; height <= 6; height++)
    await runBlock(storage, transactions.slice(height * 10 - 10, height * 10), startTime + height);
  const batch = batchOf(transactions.slice(0, 5), 1);
  const envelopes = transactions.slice(0, 5).map(({ envelope }) => envelope);
  await new Promise<void>((done) =>
    storage.votes.persist([{ kind: 'batch', digest: batchDigest(batch), batch, envelopes }], done),
  );
  storage.close();
});
afterAll(() => original.remove());

function copied(): TemporaryDirectory {
  const copy = temporaryDirectory();
  for (const name of readdirSync(original.path))
    copyFileSync(join(original.path, name), join(copy.path, name));
  return copy;
}

/** Everything that a reader can see of the certified blocks, as text. */
function everything(directory: string): string {
  const reader = openLedgerReader(directory);
  try {
    const { genesis } = reader;
    return JSON.stringify([genesis.block.hash, genesis.events, genesis.validators, [...reader.blocks()]]);
  } finally {
    reader.close();
  }
}

function change(directory: string, file: string, sql: string): void {
  const database = new Database(join(directory, file));
  expect(database.prepare(sql).run().changes).toBeGreaterThan(0);
  database.close();
}

const named = (table: string, file: string, key: string | number) =>
  expect.objectContaining({
    code: 'data-damaged',
    facts: { file: expect.stringContaining(file), table, key },
  });

/** More than a start reads before it answers. */
function putEvents(directory: string, count: number): void {
  const database = new Database(join(directory, 'derived.db'));
  const entries = Array.from({ length: count }, (_, at) => [`e${at}`, new Uint8Array(32)] as const);
  database.transaction(() => eventRuns(database, '').put({ stream: 'z', start: emptyRun, entries }))();
  database.close();
}

function isDerivedAnew(directory: string, table: string): void {
  const log = collectingLog();
  const storage = openExample(directory, { log });
  expect(log.lines).toMatchObject([
    { level: 'error', code: 'data-damaged', facts: { table, action: 'derived again from the ledger' } },
  ]);
  replayOn(storage);
  expect(storage.state.stateRoot()).toBe(storage.blocks.tip().header.state);
  storage.close();
  const quiet = collectingLog();
  openExample(directory, { log: quiet }).close();
  expect(quiet.lines).toEqual([]);
}

describe('damage', () => {
  it('of any byte of ledger.db yields the same answers or a named error', () => {
    const expected = everything(original.path);
    const bytes = readFileSync(join(original.path, 'ledger.db'));
    let found = 0;
    for (let round = 0; round < 80; round++) {
      const copy = temporaryDirectory();
      const damagedBytes = Buffer.from(bytes);
      // Page 1 holds the schema, of which most bytes are white space or names.
      const at = 8_192 + Math.floor(Math.random() * (bytes.length - 8_192));
      damagedBytes[at] = damagedBytes[at]! ^ (1 << (round % 8));
      writeFileSync(join(copy.path, 'ledger.db'), damagedBytes);
      try {
        expect(everything(copy.path), `byte ${at}`).toBe(expected);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        expect(error.code, `byte ${at}`).toBe('data-damaged');
        found++;
      }
      copy.remove();
    }
    expect(found).toBeGreaterThan(0);
  }, 60_000);

  it.each([
    ['blocks', 'UPDATE blocks SET ran = ran - 1 WHERE height = 3', 3],
    [
      'blocks',
      "UPDATE blocks SET certificate = substr(certificate, 1, 40) || x'00' || substr(certificate, 42) WHERE height = 2",
      2,
    ],
    ['entries', "UPDATE entries SET sender = 'south.admin' WHERE number = 25", 25],
    ['entries', 'DELETE FROM entries WHERE number = 31', 31],
  ])('of a row in %s is named by its key', (table, sql, key) => {
    const copy = copied();
    change(copy.path, 'ledger.db', sql);
    expect(() => everything(copy.path)).toThrow(named(table, 'ledger.db', key));
    copy.remove();
  });

  it('of a vote or of the bodies it rests on is named', () => {
    const copy = copied();
    change(
      copy.path,
      'votes.db',
      "UPDATE batches SET envelopes = substr(envelopes, 1, 99) || x'ff' || substr(envelopes, 101)",
    );
    const storage = openExample(copy.path);
    expect(() => storage.votes.load()).toThrow(
      expect.objectContaining({ code: 'data-damaged', facts: expect.objectContaining({ table: 'batches' }) }),
    );
    storage.close();
    copy.remove();
  });

  it('of state is named, and state is derived again from the ledger', () => {
    const copy = copied();
    change(copy.path, 'derived.db', "UPDATE state SET value_digest = zeroblob(32) WHERE key = 'streams/s3'");
    const log = collectingLog();
    const storage = openExample(copy.path, { log });
    expect(log.lines).toMatchObject([{ level: 'error', code: 'data-damaged', facts: { table: 'state' } }]);
    expect(storage.state.height()).toBe(0);
    replayOn(storage);
    expect(storage.state.stateRoot()).toBe(storage.blocks.tip().header.state);
    expect(storage.queries.transactions({ stream: 's3' }, { limit: 100 }).rows).toHaveLength(9);
    storage.close();
    copy.remove();
  });

  it('of a value is found when it is read, and the next start derives anew', () => {
    const copy = copied();
    change(copy.path, 'derived.db', "UPDATE state SET value = x'01' WHERE key = 'streams/s3'");
    const storage = openExample(copy.path);
    expect(() => storage.state.get('streams/s3')).toThrow(named('state', 'derived.db', 'streams/s3'));
    expect(() => storage.queries.stateProof('streams/s3')).toThrow(StorageError);
    storage.close();
    isDerivedAnew(copy.path, 'state');
    copy.remove();
  });

  it.each([
    "UPDATE event_runs SET start = x'01' WHERE stream = 's1'",
    "UPDATE event_runs SET stream = 's1x' WHERE stream = 's1'",
  ])('of events is found by the start, which derives anew: %s', (sql) => {
    const copy = copied();
    change(copy.path, 'derived.db', sql);
    isDerivedAnew(copy.path, 'event_runs');
    copy.remove();
  });

  it('of events that a start reads beside its work ends it once, and not every start', async () => {
    const copy = copied();
    putEvents(copy.path, 9_000);
    change(
      copy.path,
      'derived.db',
      "UPDATE event_runs SET entries = x'00' WHERE stream = 'z' AND revision > 8980",
    );
    const failure = await new Promise<string>((resolve) => {
      const storage = openExample(copy.path, {
        fatal: (code, { table }) => {
          storage.close();
          resolve(`${code} ${table}`);
        },
      });
    });
    expect(failure).toBe('data-damaged event_runs');
    isDerivedAnew(copy.path, 'event_runs');
    copy.remove();
  });

  it.each(['revision = revision + 1', 'hash = hash + 1', 'crc = crc + 1'])(
    'of the place of an eventId is found by the start, which derives anew: %s',
    (columns) => {
      const copy = copied();
      const one = '(SELECT hash FROM event_ids LIMIT 1)';
      change(copy.path, 'derived.db', `UPDATE event_ids SET ${columns} WHERE hash = ${one}`);
      isDerivedAnew(copy.path, 'event_ids');
      copy.remove();
    },
  );

  it.each([
    ['postings', "UPDATE postings SET numbers = numbers || x'01'"],
    ['stream_chunks', "UPDATE stream_chunks SET places = x'0000'"],
    ['block_index', 'UPDATE block_index SET first = first + 1 WHERE height = 3'],
    ['streams', 'UPDATE streams SET length = length + 1'],
  ])('of the index, in %s, is found when it is read', (table, sql) => {
    const copy = copied();
    change(copy.path, 'derived.db', sql);
    expect(() => {
      const storage = openExample(copy.path);
      try {
        storage.queries.transactions(
          { stream: 's1', status: 'succeeded', fromTime: startTime },
          { limit: 100 },
        );
        storage.queries.streamEvents('s1', { from: 0, limit: 100 });
      } finally {
        storage.close();
      }
    }).toThrow(expect.objectContaining({ code: 'data-damaged', facts: expect.objectContaining({ table }) }));
    copy.remove();
  });

  it('of a file that is no database any more is named', () => {
    const copy = copied();
    writeFileSync(
      join(copy.path, 'ledger.db'),
      'not a database at all, but long enough to be looked at'.repeat(9),
    );
    rmSync(join(copy.path, 'ledger.db-wal'), { force: true });
    expect(() => openLedgerReader(copy.path)).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    expect(() => openExample(copy.path)).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    copy.remove();
  });
});

describe('opening', () => {
  it('refuses a directory of another network, a newer schema, and one without a ledger', () => {
    const copy = copied();
    const genesis = { ...exampleGenesis, hash: 'f'.repeat(64) as never };
    expect(() => openExample(copy.path, { genesis })).toThrow(
      expect.objectContaining({ code: 'other-network' }),
    );
    const database = new Database(join(copy.path, 'ledger.db'));
    database.pragma('user_version = 99');
    database.close();
    expect(() => openExample(copy.path)).toThrow(expect.objectContaining({ code: 'schema-too-new' }));
    expect(() => openLedgerReader(copy.path)).toThrow(expect.objectContaining({ code: 'schema-too-new' }));
    rmSync(join(copy.path, 'ledger.db'));
    expect(() => openLedgerReader(copy.path)).toThrow(expect.objectContaining({ code: 'ledger-missing' }));
    copy.remove();
  });

  it('reads a block that stands in the tree of its header', () => {
    const storage = openExample(original.path);
    expect(storage.queries.inclusion(heightOf(3), 4).transaction.size).toBe(10);
    expect(() => storage.queries.inclusion(heightOf(3), 10)).toThrow(
      expect.objectContaining({ code: 'not-in-ledger' }),
    );
    storage.close();
  });
});
