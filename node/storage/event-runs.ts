/**
 * Events of streams as state has them, eventIds with leaf hashes, in the order of their revisions. Each checkpoint adds
 * one row for each stream that grew. A snapshot need not copy them: whoever asks for a slice of it later is answered
 * from here (docs/decisions/009). What begins where a slice does carries the running state before it, with which the
 * slice proves itself.
 */
import { encode } from '../../shared/codec/dag-cbor.ts';
import { type EventSlice, sliceBegin, sliceEvents } from '../ledger/event-slices.ts';
import type { EventIdData } from '../ledger/modules/streams.ts';
import {
  type EventEntry,
  emptyRun,
  eventEntry,
  eventsPrefix,
  foldRun,
  type RunState,
  runStateOf,
  streamOfEvent,
} from '../ledger/snapshot-bound.ts';
import type { EventRun } from '../ledger/snapshot-piece.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import type { Database } from './database.ts';
import { damaged, naming } from './errors.ts';
import { eventIds, type PlacedEvent } from './event-ids.ts';
import { packBytes, readNumber, sizeOfNumber, unpackBytes, writeNumber } from './framing.ts';
import { plainBytes } from './row-check.ts';
import { blobsCrc, rowCrc } from './row-crc.ts';

export interface EventRuns {
  /** Value of the key of an event; `stateOf` is state as these runs have it. @throws StorageError `data-damaged` */
  get(stream: string, key: string, stateOf: (key: string) => Uint8Array | undefined): Uint8Array | undefined;
  /** What a checkpoint adds; to be called inside its transaction. `before` is state without it. */
  append(
    changes: ReadonlyMap<string, Uint8Array | undefined>,
    before: (key: string) => Uint8Array | undefined,
  ): void;
  /** Events that follow one another; in a transaction of whoever calls. */
  put(run: EventRun): void;
  /** @throws StorageError `data-damaged`, also if it is not all here */
  slice(slice: StreamSlice): { readonly start: RunState; readonly entries: readonly EventEntry[] };
  /** Keys of all events by rows, from behind this one on, in an order that stays. @throws StorageError `data-damaged`, also where one would not be found by its key */
  keysAfter(place: RunPlace | undefined, rows: number): readonly KeyedRow[];
}

export type StreamSlice = Pick<EventSlice, 'stream' | 'from' | 'to'>;

export interface RunPlace {
  readonly stream: string;
  readonly revision: number;
}

export interface KeyedRow extends RunPlace {
  readonly keys: readonly string[];
}

interface RunRow extends RunPlace {
  readonly start: Buffer;
  readonly entries: Buffer;
  readonly crc: number;
}

const table = 'event_runs';
/** At most so many events in a row: who looks for one reads and checks the whole row. */
const rowEvents = 32;
const nothing = new Uint8Array(0);
const leafBytes = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @param size events of a slice */
export function eventRuns(database: Database, file: string, size: number = sliceEvents): EventRuns {
  const insert = database.prepare('INSERT OR REPLACE INTO event_runs VALUES (?, ?, ?, ?, ?)');
  const selectSlice = database.prepare<[string, number, number], RunRow>(
    'SELECT * FROM event_runs WHERE stream = ? AND revision >= ? AND revision < ? ORDER BY revision',
  );
  const selectAt = database.prepare<[string, number], RunRow>(
    'SELECT * FROM event_runs WHERE stream = ? AND revision <= ? ORDER BY revision DESC LIMIT 1',
  );
  const selectAfter = database.prepare<[string, number, number], RunRow>(
    'SELECT * FROM event_runs WHERE (stream, revision) > (?, ?) ORDER BY stream, revision LIMIT ?',
  );
  const ids = eventIds(database, file);

  function get(
    stream: string,
    key: string,
    stateOf: (key: string) => Uint8Array | undefined,
  ): Uint8Array | undefined {
    const eventId = key.slice(eventsPrefix(stream).length);
    let found: EventIdData | undefined;
    ids.find(key, (revision) => {
      const entry = entryAt(stream, revision);
      if (entry === undefined) requireShorter(stream, revision, stateOf);
      if (entry?.[0] !== eventId) return false;
      found = { revision, leaf: entry[1].slice() };
      return true;
    });
    return found && encode(found);
  }

  function entryAt(stream: string, revision: number): EventEntry | undefined {
    const row = naming(file, () => selectAt.get(stream, revision));
    if (row !== undefined) requireOf(stream, row);
    return row && entryIn(intactEntries(row), revision - row.revision);
  }

  /** An index that is damaged leads elsewhere. */
  function requireOf(stream: string, row: RunPlace): void {
    if (row.stream !== stream) throw damaged(file, table, `${stream}/${row.revision}`);
  }

  /** A place may be another stream's event, with the same hash; if it can be this one's, its row is lost. */
  function requireShorter(
    stream: string,
    revision: number,
    stateOf: (key: string) => Uint8Array | undefined,
  ): void {
    const leaf = stateOf(stateKeys.stream(stream));
    if (leaf !== undefined && runStateOf(leaf).next > revision)
      throw damaged(file, table, `${stream}/${revision}`);
  }

  function append(
    changes: ReadonlyMap<string, Uint8Array | undefined>,
    before: (key: string) => Uint8Array | undefined,
  ): void {
    const placed: PlacedEvent[] = [];
    for (const [stream, added] of newEvents(changes)) {
      const first = added[0]!.revision;
      const leaf = first === 0 ? undefined : before(stateKeys.stream(stream));
      const start = leaf === undefined ? emptyRun : runStateOf(leaf);
      const follows = start.next === first && added.every(({ revision }, at) => revision === first + at);
      if (!follows) throw damaged(file, table, `${stream}/${first}`);
      putRows({ stream, start, entries: added.map(({ entry }) => entry) });
      for (const event of added) placed.push(event);
    }
    ids.add(placed);
  }

  function put(run: EventRun): void {
    putRows(run);
    const prefix = eventsPrefix(run.stream);
    ids.add(run.entries.map(([eventId], at) => ({ key: prefix + eventId, revision: run.start.next + at })));
  }

  /** Cut where slices begin. */
  function putRows({ stream, start, entries }: EventRun): void {
    let state = start;
    for (let at = 0; at < entries.length; ) {
      const end = Math.min(entries.length, sliceBegin(state.next, size) + size - start.next);
      const part = at === 0 && end === entries.length ? entries : entries.slice(at, end);
      putSlice(stream, state, part);
      // Only the next row's beginning needs it.
      if (end < entries.length) state = foldRun(state, part);
      at = end;
    }
  }

  /** Entries of one slice, in rows. */
  function putSlice(stream: string, start: RunState, entries: readonly EventEntry[]): void {
    for (let at = 0; at < entries.length; ) {
      const revision = start.next + at;
      const end = Math.min(entries.length, sliceBegin(revision, rowEvents) + rowEvents - start.next);
      const known = revision % size === 0 ? packState(start) : nothing;
      const packed = packEntries(entries.slice(at, end));
      insert.run(stream, revision, known, packed, crcOf(stream, revision, known, packed));
      at = end;
    }
  }

  function slice({ stream, from, to }: StreamSlice): ReturnType<EventRuns['slice']> {
    const begin = sliceBegin(from, size);
    let start: RunState | undefined;
    const entries: EventEntry[] = [];
    for (const row of naming(file, () => selectSlice.all(stream, begin, to))) {
      // Who joined may have rows that overlap: a piece begun by one peer and given by another was cut otherwise.
      requireOf(stream, row);
      const known = begin + entries.length - row.revision;
      if (known < 0) throw damaged(file, table, `${stream}/${row.revision}`);
      for (const entry of entriesOf(row).slice(known)) entries.push(entry);
      if (row.revision === begin) start = unpackState(begin, plainBytes(row.start));
    }
    if (start === undefined || begin + entries.length < to) throw damaged(file, table, `${stream}/${from}`);
    return {
      start: foldRun(start, entries.slice(0, from - begin)),
      entries: entries.slice(from - begin, to - begin),
    };
  }

  /** A place whose hash is damaged stands elsewhere: nothing else tells of it. */
  function requirePlaces(keys: readonly string[], first: number): void {
    for (const [at, key] of keys.entries())
      if (ids.find(key, (revision) => revision === first + at) === undefined)
        throw damaged(file, 'event_ids', key);
  }

  function intactEntries({ stream, revision, start, entries, crc }: RunRow): Uint8Array {
    if (crcOf(stream, revision, start, entries) !== crc) throw damaged(file, table, `${stream}/${revision}`);
    return plainBytes(entries);
  }

  function entriesOf(row: RunRow): EventEntry[] {
    const unpacked = unpackEntries(intactEntries(row));
    if (unpacked === undefined) throw damaged(file, table, `${row.stream}/${row.revision}`);
    return unpacked;
  }

  return {
    get,
    append,
    put,
    slice,
    keysAfter(place, count) {
      const { stream, revision } = place ?? { stream: '', revision: -1 };
      return naming(file, () => selectAfter.all(stream, revision, count)).map((row) => {
        const prefix = eventsPrefix(row.stream);
        const keys = entriesOf(row).map(([eventId]) => prefix + eventId);
        requirePlaces(keys, row.revision);
        return { stream: row.stream, revision: row.revision, keys };
      });
    },
  };
}

interface AddedEvent extends PlacedEvent {
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
    if (known === undefined) streams.set(stream, [{ key, revision, entry }]);
    else known.push({ key, revision, entry });
  }
  for (const added of streams.values()) added.sort((one, other) => one.revision - other.revision);
  return streams;
}

const crcOf = (stream: string, revision: number, start: Uint8Array, entries: Uint8Array): number =>
  blobsCrc(rowCrc(table, stream, revision), start, entries);

const packState = ({ digest, hashes }: RunState): Uint8Array => packBytes([digest, ...hashes]);

function unpackState(next: number, packed: Uint8Array): RunState | undefined {
  const [digest, ...hashes] = unpackBytes(packed) ?? [];
  return digest && { next, digest, hashes, count: 0 };
}

/** Of each its eventId behind its length, and its leaf hash. */
function packEntries(entries: readonly EventEntry[]): Uint8Array {
  let length = 0;
  for (const [eventId] of entries) {
    const bytes = Buffer.byteLength(eventId);
    length += sizeOfNumber(bytes) + bytes + leafBytes;
  }
  const packed = Buffer.allocUnsafe(length);
  let at = 0;
  for (const [eventId, leaf] of entries) {
    at = writeNumber(packed, at, Buffer.byteLength(eventId));
    at += packed.write(eventId, at);
    packed.set(leaf, at);
    at += leafBytes;
  }
  return packed;
}

/** Leaves are views of the bytes. */
function unpackEntries(packed: Uint8Array): EventEntry[] | undefined {
  const entries: EventEntry[] = [];
  const cursor = { offset: 0 };
  while (cursor.offset < packed.length) {
    const place = nextEntry(packed, cursor);
    if (place === undefined) return undefined;
    entries.push(entryOf(packed, place));
  }
  return entries;
}

/** Of all eventIds only this one is decoded. */
function entryIn(packed: Uint8Array, index: number): EventEntry | undefined {
  const cursor = { offset: 0 };
  for (let at = 0; ; at += 1) {
    const place = nextEntry(packed, cursor);
    if (place === undefined || at === index) return place && entryOf(packed, place);
  }
}

interface EntryPlace {
  readonly idAt: number;
  readonly leafAt: number;
}

/** @returns undefined if no whole entry stands there */
function nextEntry(packed: Uint8Array, cursor: { offset: number }): EntryPlace | undefined {
  const length = readNumber(packed, cursor);
  if (length === undefined || cursor.offset + length + leafBytes > packed.length) return undefined;
  const idAt = cursor.offset;
  const leafAt = idAt + length;
  cursor.offset = leafAt + leafBytes;
  return { idAt, leafAt };
}

const entryOf = (packed: Uint8Array, { idAt, leafAt }: EntryPlace): EventEntry => [
  utf8.decode(packed.subarray(idAt, leafAt)),
  packed.subarray(leafAt, leafAt + leafBytes),
];
