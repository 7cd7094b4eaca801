/**
 * Events of streams in the order of their revisions: eventIds with leaf hashes, which `bound` has by eventId. Each
 * checkpoint adds one row for each stream that grew, so that a snapshot need not copy them: whoever asks for a slice
 * of it later is answered from here (docs/decisions/009). What begins where a slice does carries the running state
 * before it, with which the slice proves itself.
 */

import { type EventSlice, sliceBegin, sliceEvents } from '../ledger/event-slices.ts';
import {
  type EventEntry,
  emptyRun,
  eventEntry,
  foldRun,
  type RunState,
  runStateOf,
  streamOfEvent,
} from '../ledger/snapshot-bound.ts';
import type { EventRun } from '../ledger/snapshot-piece.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import type { Database } from './database.ts';
import { damaged, naming } from './errors.ts';
import { packBytes, unpackBytes } from './framing.ts';
import { plainBytes } from './row-check.ts';
import { blobsCrc, rowCrc } from './row-crc.ts';

export interface EventRuns {
  /** False where events are here that have no place in a run: of an older file, or after damage. */
  isWhole(): boolean;
  /**
   * Takes up what a checkpoint adds; to be called inside its transaction, before it writes. `before` is state on disk.
   */
  append(
    changes: ReadonlyMap<string, Uint8Array | undefined>,
    before: (key: string) => Uint8Array | undefined,
  ): void;
  /** Events that follow one another, in a transaction of whoever calls. */
  put(run: EventRun): void;
  /** @throws StorageError `data-damaged`, also if it is not all here */
  slice(slice: Pick<EventSlice, 'stream' | 'from' | 'to'>): {
    readonly start: RunState;
    readonly entries: readonly EventEntry[];
  };
  /** Nothing is served from here any more, until they are all made anew. */
  drop(): void;
  /** Every event that `bound` has is in a run. */
  markWhole(): void;
}

interface RunRow {
  readonly revision: number;
  readonly start: Buffer;
  readonly entries: Buffer;
  readonly crc: number;
}

export const eventRunsTable = 'event_runs';
const nothing = new Uint8Array(0);
const text = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param size events of a slice */
export function eventRuns(database: Database, file: string, size: number = sliceEvents): EventRuns {
  const selectWhole = database.prepare<[], { only: number }>('SELECT only FROM event_runs_whole');
  const insert = database.prepare('INSERT OR REPLACE INTO event_runs VALUES (?, ?, ?, ?, ?)');
  const select = database.prepare<[string, number, number], RunRow>(
    `SELECT revision, start, entries, crc FROM event_runs WHERE stream = ? AND revision >= ? AND revision < ?
     ORDER BY revision`,
  );

  function append(
    changes: ReadonlyMap<string, Uint8Array | undefined>,
    before: (key: string) => Uint8Array | undefined,
  ): void {
    for (const [stream, added] of newEvents(changes)) {
      const first = added[0]!.revision;
      const leaf = first === 0 ? undefined : before(stateKeys.stream(stream));
      const start = leaf === undefined ? emptyRun : runStateOf(leaf);
      const follows = start.next === first && added.every(({ revision }, at) => revision === first + at);
      if (!follows) throw damaged(file, eventRunsTable, `${stream}/${first}`);
      put({ stream, start, entries: added.map(({ entry }) => entry) });
    }
  }

  /** Cut where slices begin. */
  function put({ stream, start, entries }: EventRun): void {
    let state = start;
    for (let at = 0; at < entries.length; ) {
      const end = Math.min(entries.length, sliceBegin(state.next, size) + size - start.next);
      const part = entries.slice(at, end);
      const known = state.next % size === 0 ? packState(state) : nothing;
      const packed = packEntries(part);
      insert.run(
        stream,
        state.next,
        known,
        packed,
        blobsCrc(rowCrc(eventRunsTable, stream, state.next), known, packed),
      );
      // Only the next row's beginning needs it.
      if (end < entries.length) state = foldRun(state, part);
      at = end;
    }
  }

  function slice({
    stream,
    from,
    to,
  }: Pick<EventSlice, 'stream' | 'from' | 'to'>): ReturnType<EventRuns['slice']> {
    const begin = sliceBegin(from, size);
    let start: RunState | undefined;
    const entries: EventEntry[] = [];
    for (const row of naming(file, () => select.all(stream, begin, to))) {
      const { revision } = row;
      const intact = blobsCrc(rowCrc(eventRunsTable, stream, revision), row.start, row.entries) === row.crc;
      const found = intact ? unpackEntries(plainBytes(row.entries)) : undefined;
      if (found === undefined || revision !== begin + entries.length)
        throw damaged(file, eventRunsTable, `${stream}/${revision}`);
      if (revision === begin) start = unpackState(revision, plainBytes(row.start));
      for (const entry of found) entries.push(entry);
    }
    if (start === undefined || begin + entries.length < to)
      throw damaged(file, eventRunsTable, `${stream}/${from}`);
    return {
      start: foldRun(start, entries.slice(0, from - begin)),
      entries: entries.slice(from - begin, to - begin),
    };
  }

  return {
    isWhole: () => naming(file, () => selectWhole.get()) !== undefined,
    append,
    put,
    slice,
    drop: () => void database.exec('DELETE FROM event_runs_whole'),
    markWhole: () => void database.exec('INSERT OR IGNORE INTO event_runs_whole VALUES (1)'),
  };
}

interface AddedEvent {
  readonly revision: number;
  readonly entry: EventEntry;
}

/** By stream, in order. */
function newEvents(
  changes: ReadonlyMap<string, Uint8Array | undefined>,
): ReadonlyMap<string, readonly AddedEvent[]> {
  const streams = new Map<string, AddedEvent[]>();
  for (const [key, value] of changes) {
    const stream = streamOfEvent(key);
    if (stream === undefined || value === undefined) continue;
    const [revision, entry] = eventEntry(stream, key, value);
    const known = streams.get(stream);
    if (known === undefined) streams.set(stream, [{ revision, entry }]);
    else known.push({ revision, entry });
  }
  for (const added of streams.values()) added.sort((one, other) => one.revision - other.revision);
  return streams;
}

const packState = ({ digest, hashes }: RunState): Uint8Array => packBytes([digest, ...hashes]);

function unpackState(next: number, packed: Uint8Array): RunState | undefined {
  const [digest, ...hashes] = unpackBytes(packed) ?? [];
  return digest && { next, digest, hashes, count: 0 };
}

const packEntries = (entries: readonly EventEntry[]): Uint8Array =>
  packBytes(entries.flatMap(([eventId, leaf]) => [text.encode(eventId), leaf]));

function unpackEntries(packed: Uint8Array): EventEntry[] | undefined {
  const items = unpackBytes(packed);
  if (items === undefined || items.length % 2 !== 0) return undefined;
  return Array.from(
    { length: items.length / 2 },
    (_, at): EventEntry => [utf8.decode(items[2 * at]), items[2 * at + 1]!],
  );
}
