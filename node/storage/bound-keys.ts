/**
 * Knows which keys without a leaf are certainly not on disk. At start the stored keys are read piece by piece beside
 * the node's work; until that is done nothing is certain. Keys that go keep their place until the next start.
 */
import type { Database } from './database.ts';
import { damaged, naming } from './errors.ts';
import { eventRuns, type KeyedRow, type RunPlace } from './event-runs.ts';
import { type KeyFilter, makeKeyFilter } from './key-filter.ts';

export interface BoundKeys {
  /** False only if the key is certainly not on disk. */
  mayHave(key: string): boolean;
  /** Before they are written. */
  add(key: string): void;
  close(): void;
}

export interface BoundKeysOptions {
  readonly database: Database;
  readonly file: string;
  /** Reading failed after the start. */
  readonly failed: (error: unknown) => void;
  /** Stored keys in one piece; 4,000 if absent. A quarter of it where they are events: each is looked up as well. */
  readonly pieceKeys?: number;
}

/** Between two pieces of some milliseconds each, for the node's own work. */
const pauseMs = 20;
/** Read in one call; a row of events has one key or some dozens. */
const eventRowsAtOnce = 16;

export function readBoundKeys({ database, file, failed, pieceKeys = 4_000 }: BoundKeysOptions): BoundKeys {
  const select = database
    .prepare<[string, number], string>('SELECT key FROM bound WHERE key > ? ORDER BY key LIMIT ?')
    .pluck();
  const events = eventRuns(database, file);
  const filter: KeyFilter = makeKeyFilter();
  let last = '';
  let lastRun: RunPlace | undefined;
  /** Of the stream of that row. */
  let lastStream: string | undefined;
  let eventsKnown = 0;
  let isBoundRead = false;
  let complete = false;
  let timer: NodeJS.Timeout | undefined;

  function readPiece(): void {
    if (!isBoundRead) readBound();
    if (isBoundRead) readEvents();
    if (!complete) timer = setTimeout(readNext, pauseMs).unref();
  }

  function readEvents(): void {
    for (let keys = 0; keys < pieceKeys / 4 && !complete; ) keys += readEventRows();
  }

  /** @returns how many keys */
  function readEventRows(): number {
    const rows = events.keysAfter(lastRun, eventRowsAtOnce);
    let count = 0;
    for (const row of rows) {
      requireNoGap(row);
      for (const key of row.keys) filter.add(key);
      count += row.keys.length;
    }
    complete = rows.length < eventRowsAtOnce;
    const next = rows.at(-1) ?? lastRun;
    if (!complete && lastRun !== undefined && !isBehind(next!, lastRun))
      throw damaged(file, 'event_runs', lastRun.stream);
    lastRun = next;
    return count;
  }

  /** An event whose row is lost would be taken for one that never was. */
  function requireNoGap({ stream, revision, keys }: KeyedRow): void {
    const known = stream === lastStream ? eventsKnown : 0;
    if (revision > known) throw damaged(file, 'event_runs', `${stream}/${revision}`);
    lastStream = stream;
    eventsKnown = Math.max(known, revision + keys.length);
  }

  function readBound(): void {
    const keys = naming(file, () => select.all(last, pieceKeys));
    for (const key of keys) {
      if (typeof key !== 'string') throw damaged(file, 'bound', last);
      filter.add(key);
    }
    isBoundRead = keys.length < pieceKeys;
    const next = keys.at(-1) ?? last;
    // Pages out of order would lead back to where it began.
    if (!isBoundRead && Buffer.compare(Buffer.from(next), Buffer.from(last)) <= 0)
      throw damaged(file, 'bound', last);
    last = next;
  }

  function readNext(): void {
    // A start that failed elsewhere closes the file only.
    if (!database.open) return;
    try {
      readPiece();
    } catch (error) {
      failed(error);
    }
  }

  readPiece();
  return {
    mayHave: (key) => !complete || filter.mayHave(key),
    add: filter.add,
    close: () => clearTimeout(timer),
  };
}

function isBehind(one: RunPlace, other: RunPlace): boolean {
  const order = Buffer.compare(Buffer.from(one.stream), Buffer.from(other.stream));
  return order > 0 || (order === 0 && one.revision > other.revision);
}
