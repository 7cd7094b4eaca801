/** Events of streams by revision, cut where slices begin, each slice with the running state before it. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { type EventEntry, emptyRun, foldRun } from '../ledger/snapshot-bound.ts';
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

  it('are whole in a new file, and not in one that had events before there were runs', () => {
    expect(runs.isWhole()).toBe(true);
    const older = new Database(':memory:');
    for (const step of derivedFormat.migrations.slice(0, -1)) older.exec(step);
    older.prepare('INSERT INTO bound VALUES (?, ?, 0)').run(stateKeys.eventId('a', 'b'), Buffer.of(1));
    older.exec(derivedFormat.migrations.at(-1)!);
    expect(eventRuns(older, 'derived.db').isWhole()).toBe(false);
    older.close();
    runs.drop();
    expect(runs.isWhole()).toBe(false);
  });
});
