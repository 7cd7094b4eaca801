/** A file of the version before runs: its events are moved, once, also when a kill interrupts it. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { type EventEntry, emptyRun, foldRun } from '../ledger/snapshot-bound.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { derivedFormat } from './derived-file.ts';
import { eventRuns } from './event-runs.ts';
import { hasUnmovedEvents, moveEvents } from './move-events.ts';
import { blobCrc } from './row-crc.ts';
import { stateRows } from './state-rows.ts';
import { collectingLog } from './test-support.ts';

let database: Database.Database;
beforeEach(() => {
  database = new Database(':memory:');
  for (const step of derivedFormat.migrations) database.exec(step);
});
afterEach(() => void database.close());

const streams = { orders: 5, 'a/b é': 1_500, empty: 1 };
const entriesOf = (stream: string, count: number): EventEntry[] =>
  Array.from({ length: count }, (_, at) => [`${stream}-${at}`, new Uint8Array(32).fill(at % 251)]);

function putOld(): void {
  const insert = database.prepare('INSERT INTO bound VALUES (?, ?, ?)');
  for (const [stream, count] of Object.entries(streams)) {
    const entries = entriesOf(stream, count);
    for (const [revision, [eventId, leaf]] of entries.entries()) {
      const key = stateKeys.eventId(stream, eventId);
      const value = encode({ revision, leaf });
      insert.run(key, value, blobCrc(value, 'bound', key));
    }
    const { digest, hashes } = foldRun(emptyRun, entries);
    const leaf = encode({ revision: count - 1, frontier: hashes, eventIds: digest });
    stateRows(database, 'derived.db').put(new Map([[stateKeys.stream(stream), leaf]]));
  }
}

const move = () => {
  const log = collectingLog();
  moveEvents(database, 'derived.db', stateRows(database, 'derived.db'), log);
  return log.lines.map(({ code, facts }) => ({ code, events: facts.events }));
};

function allAreInRuns(): void {
  const runs = eventRuns(database, 'derived.db');
  expect(hasUnmovedEvents(database)).toBe(false);
  for (const [stream, count] of Object.entries(streams)) {
    const entries = entriesOf(stream, count);
    for (let from = 0; from < count; from += 1_024) {
      const to = Math.min(count, from + 1_024);
      expect(runs.slice({ stream, from, to })).toEqual({
        start: foldRun(emptyRun, entries.slice(0, from)),
        entries: entries.slice(from, to),
      });
    }
    const [eventId, leaf] = entries.at(-1)!;
    const found = stateRows(database, 'derived.db').get(stateKeys.eventId(stream, eventId));
    expect(found).toEqual(encode({ revision: count - 1, leaf }));
  }
}

it('they are moved once, and found as before', () => {
  putOld();
  expect(move()).toEqual([
    { code: 'events-being-moved', events: undefined },
    { code: 'events-moved', events: 1_506 },
  ]);
  allAreInRuns();
  expect(move()).toEqual([]);
});

it('a kill between two streams is made good by the next start', () => {
  putOld();
  const runs = eventRuns(database, 'derived.db');
  runs.put({ stream: 'orders', start: emptyRun, entries: entriesOf('orders', 5) });
  database.exec("DELETE FROM bound WHERE key LIKE 'bound/event-ids/6/orders/%'");
  expect(move()).toContainEqual({ code: 'events-moved', events: 1_501 });
  allAreInRuns();
});

it('what differs from its stream is damage', () => {
  putOld();
  database.exec("DELETE FROM bound WHERE key LIKE '%orders-3'");
  expect(move).toThrow(expect.objectContaining({ code: 'data-damaged' }));
});
