/** Events of streams by revision, cut where slices begin, each slice with the running state before it. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { type EventEntry, emptyRun, foldRun, streamOfEvent } from '../ledger/snapshot-bound.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { derivedFormat } from './derived-file.ts';
import { type EventRuns, eventRuns } from './event-runs.ts';

const size = 4;
let database: Database.Database;
let runs: EventRuns;
beforeEach(() => {
  database = new Database(':memory:');
  for (const step of derivedFormat.migrations) database.exec(step);
  runs = eventRuns(database, 'derived.db', size);
});
afterEach(() => void database.close());

const entryAt = (stream: string, revision: number): EventEntry => [
  `${stream} é/${revision}`,
  new Uint8Array(32).fill(revision),
];
const entriesOf = (stream: string, from: number, to: number): EventEntry[] =>
  Array.from({ length: to - from }, (_, at) => entryAt(stream, from + at));
const stateAt = (stream: string, revision: number) => foldRun(emptyRun, entriesOf(stream, 0, revision));

/** As a checkpoint has them, in an order that means nothing. */
function grow(lengths: { readonly [stream: string]: readonly [from: number, to: number] }): void {
  const changes = new Map<string, Uint8Array | undefined>();
  const leaves = new Map<string, Uint8Array>();
  for (const [stream, [from, to]] of Object.entries(lengths)) {
    for (let revision = to - 1; revision >= from; revision -= 1) {
      const [eventId, leaf] = entryAt(stream, revision);
      changes.set(stateKeys.eventId(stream, eventId), encode({ revision, leaf }));
    }
    const { digest, hashes } = stateAt(stream, from);
    leaves.set(stateKeys.stream(stream), encode({ revision: from - 1, frontier: hashes, eventIds: digest }));
  }
  runs.append(changes, (key) => leaves.get(key));
}

describe('runs of events', () => {
  it('give every slice that was put, with the state before it, however checkpoints cut them', () => {
    grow({ a: [0, 3], 'b/c': [0, 9] });
    grow({ a: [3, 4], d: [0, 1] });
    grow({ a: [4, 13] });
    grow({ a: [13, 15], 'b/c': [9, 10] });
    for (const [stream, length] of [
      ['a', 15],
      ['b/c', 10],
      ['d', 1],
    ] as const)
      for (let from = 0; from < length; from += 1)
        for (let to = from + 1; to <= length; to += 1)
          expect(runs.slice({ stream, from, to })).toEqual({
            start: stateAt(stream, from),
            entries: entriesOf(stream, from, to),
          });
  });

  it('do not join what does not follow', () => {
    grow({ a: [0, 3] });
    const named = expect.objectContaining({ code: 'data-damaged' });
    const [eventId, leaf] = entryAt('a', 5);
    const later = new Map([[stateKeys.eventId('a', eventId), encode({ revision: 5, leaf })]]);
    expect(() => runs.append(later, () => undefined)).toThrow(named);
    expect(() => runs.slice({ stream: 'a', from: 0, to: 4 })).toThrow(named);
    expect(() => runs.slice({ stream: 'other', from: 0, to: 1 })).toThrow(named);
  });

  it.each([
    "UPDATE event_runs SET entries = x'00' WHERE revision = 4",
    "UPDATE event_runs SET entries = entries || x'00' WHERE revision = 4",
    "UPDATE event_runs SET start = x'00' WHERE revision = 4",
    'UPDATE event_runs SET crc = crc + 1 WHERE revision = 4',
    'UPDATE event_runs SET revision = 5 WHERE revision = 4',
    'UPDATE event_runs SET entries = 7 WHERE revision = 4',
    'DELETE FROM event_runs WHERE revision = 4',
  ])('name what is damaged: %s', (statement) => {
    grow({ a: [0, 12] });
    expect(database.prepare(statement).run().changes).toBe(1);
    expect(runs.slice({ stream: 'a', from: 0, to: 4 }).entries).toHaveLength(4);
    expect(() => runs.slice({ stream: 'a', from: 4, to: 8 })).toThrow(
      expect.objectContaining({
        code: 'data-damaged',
        facts: expect.objectContaining({ table: 'event_runs' }),
      }),
    );
  });

  it('answer by key, and name all keys in pieces', () => {
    const found = (stream: string, eventId: string) =>
      runs.get(stream, stateKeys.eventId(stream, eventId), () => undefined);
    grow({ a: [0, 9], b: [0, 2] });
    grow({ b: [2, 6] });
    for (const [stream, length] of [
      ['a', 9],
      ['b', 6],
    ] as const)
      for (let revision = 0; revision < length; revision += 1) {
        const [eventId, leaf] = entryAt(stream, revision);
        expect(found(stream, eventId)).toEqual(encode({ revision, leaf }));
      }
    expect(found('a', 'unknown')).toBeUndefined();
    expect(found('c', entryAt('a', 0)[0])).toBeUndefined();
    const keys: string[] = [];
    for (let rows = runs.keysAfter(undefined, 2); rows.length > 0; rows = runs.keysAfter(rows.at(-1), 2))
      keys.push(...rows.flatMap((row) => row.keys));
    const all = (stream: string, length: number) =>
      entriesOf(stream, 0, length).map(([eventId]) => stateKeys.eventId(stream, eventId));
    expect(keys).toEqual([...all('a', 9), ...all('b', 6)]);
  });

  it('that are lost are named, and not taken for events that never were', () => {
    const state = (stream: string, events: number) => (key: string) => {
      const { digest, hashes } = stateAt(stream, events);
      const leaf = encode({ revision: events - 1, frontier: hashes, eventIds: digest });
      return key === stateKeys.stream(stream) ? leaf : undefined;
    };
    grow({ a: [0, 3] });
    grow({ a: [3, 6] });
    const key = stateKeys.eventId('a', entryAt('a', 5)[0]);
    expect(runs.get('a', key, state('a', 6))).toBeDefined();
    database.exec('DELETE FROM event_runs WHERE revision = 4');
    expect(() => runs.get('a', key, state('a', 6))).toThrow(
      expect.objectContaining({ code: 'data-damaged', facts: expect.objectContaining({ key: 'a/5' }) }),
    );
    // Where the stream is shorter, the place is another's with the same hash.
    expect(runs.get('a', key, state('a', 5))).toBeUndefined();
    expect(runs.get('a', key, () => undefined)).toBeUndefined();
  });

  it('are found under every name that a stream and an event may have', () => {
    const names = [
      '/',
      '1/a',
      'a/',
      '0',
      '\0',
      'é'.repeat(100),
      '😀'.repeat(50),
      'a\ufeffb',
      '5/bound/',
      '￿x',
      "'",
    ];
    const all = names.flatMap((stream) => names.map((eventId) => [stream, eventId] as const));
    const leafOf = (index: number) => new Uint8Array(32).fill(index);
    const changes = all.map(([stream, eventId], index): [string, Uint8Array] => {
      const revision = index % names.length;
      return [stateKeys.eventId(stream, eventId), encode({ revision, leaf: leafOf(index) })];
    });
    runs.append(new Map(changes), () => undefined);
    for (const [key, value] of changes) {
      expect(runs.get(streamOfEvent(key)!, key, () => undefined)).toEqual(value);
    }
    expect(runs.keysAfter(undefined, 1_000).flatMap(({ keys }) => keys)).toHaveLength(all.length);
    expect(new Set(runs.keysAfter(undefined, 1_000).flatMap(({ keys }) => keys))).toEqual(
      new Set(changes.map(([key]) => key)),
    );
  });

  it('overlap where a piece was begun by one peer and given by another: each slice is whole all the same', () => {
    const entries = entriesOf('a', 0, 11);
    const part = (from: number, to: number) =>
      runs.put({ stream: 'a', start: stateAt('a', from), entries: entries.slice(from, to) });
    // Cut as nobody honest cuts, and never finished.
    part(10, 11);
    part(7, 10);
    part(6, 7);
    part(0, 11);
    for (let from = 0; from < 11; from += 1)
      expect(runs.slice({ stream: 'a', from, to: 11 })).toEqual({
        start: stateAt('a', from),
        entries: entries.slice(from),
      });
    for (const [eventId, leaf] of entries) {
      const found = runs.get('a', stateKeys.eventId('a', eventId), () => undefined);
      expect(found).toEqual(encode({ revision: leaf[0]!, leaf }));
    }
  });

  it('have short rows: who looks for one event does not read a thousand', () => {
    eventRuns(database, 'derived.db').put({ stream: 'a', start: emptyRun, entries: entriesOf('a', 0, 200) });
    const { rows } = database.prepare('SELECT count(*) AS rows FROM event_runs').get() as { rows: number };
    expect(rows).toBe(Math.ceil(200 / 32));
  });

  it('may be put again, as after a kill', () => {
    const run = { stream: 'a', start: emptyRun, entries: entriesOf('a', 0, 9) };
    runs.put(run);
    runs.put(run);
    expect(runs.slice({ stream: 'a', from: 0, to: 9 }).entries).toEqual(run.entries);
    expect(database.prepare('SELECT count(*) AS n FROM event_ids').get()).toEqual({ n: 9 });
  });
});
