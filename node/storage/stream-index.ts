/** Streams by name; where their events are, and how long they are, stands in their chunks (stream-chunks.ts). */
import type { Height } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import type { IndexedBlock, IndexedTransaction, IndexPart } from './index-block.ts';
import type { NumberSet } from './number-sets.ts';
import { recentMap } from './recent-map.ts';
import { rowCrc } from './row-crc.ts';
import { type EventPlace, openStreamChunks } from './stream-chunks.ts';
import type { Terms } from './terms.ts';

export interface StreamRow {
  readonly name: string;
  readonly term: number;
  readonly length: number;
  readonly firstHeight: Height;
  readonly lastHeight: Height;
}

export interface StreamIndex extends IndexPart {
  find(name: string): StreamRow | undefined;
  /** By name, code point by code point; from behind `after` on if it is given. */
  list(prefix: string, after: string | undefined, limit: number, ascending: boolean): readonly StreamRow[];
  /** A stream whose events are not here; its heights are those of the snapshot. To be called inside a transaction. */
  seed(name: string, length: number, height: Height): void;
  /** Ascending from a revision on. */
  places(stream: StreamRow, from: number): IterableIterator<EventPlace>;
  /** Of the transactions that appended to it; undefined if nothing ever named the stream. */
  numbersOf(name: string): NumberSet | undefined;
}

/** Length and last height are those of the first write, or of an older version's last one: a later chunk knows better. */
interface StoredStream {
  readonly name: string;
  readonly term: number;
  readonly length: number;
  readonly first_height: number;
  readonly last_height: number;
  readonly crc: number;
}
/** What pending blocks add to a stream. */
interface Growth {
  readonly firstHeight: Height;
  lastHeight: Height;
  readonly places: EventPlace[];
}

const recentMax = 20_000;

export function openStreamIndex(database: Database, file: string, terms: Terms): StreamIndex {
  const select = database.prepare<[string], StoredStream>('SELECT * FROM streams WHERE name = ?');
  const put = database.prepare('INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, ?, ?)');
  const chunks = openStreamChunks(database, file);
  /** Terms of those that have a row. */
  const recent = recentMap<string, number>(recentMax);
  let pending = new Map<string, Growth>();

  function addTransaction(height: Height, { number, appended }: IndexedTransaction): void {
    appended.forEach(({ stream, revision }, ordinal) => {
      const place = { revision, number, ordinal };
      const growth = pending.get(stream);
      if (growth === undefined)
        pending.set(stream, { firstHeight: height, lastHeight: height, places: [place] });
      else {
        growth.lastHeight = height;
        growth.places.push(place);
      }
    });
  }

  function checked(row: StoredStream): StreamRow {
    const { name, term, length, first_height, last_height } = row;
    if (rowCrc('streams', name, term, length, first_height, last_height) !== row.crc)
      throw damaged(file, 'streams', name);
    return { name, term, length, firstHeight: first_height as Height, lastHeight: last_height as Height };
  }

  /** As it is now. */
  function grown(row: StoredStream): StreamRow {
    const stream = checked(row);
    return { ...stream, ...chunks.end(stream.term) };
  }

  function writeRow(name: string, length: number, firstHeight: Height, lastHeight: Height): number {
    const term = terms.intern('stream', name);
    const crc = rowCrc('streams', name, term, length, firstHeight, lastHeight);
    put.run(name, term, length, firstHeight, lastHeight, crc);
    return term;
  }

  function termOf(name: string, { firstHeight, lastHeight, places }: Growth): number {
    const known = recent.get(name);
    if (known !== undefined) return known;
    const row = select.get(name);
    const term =
      row === undefined ? writeRow(name, places.length, firstHeight, lastHeight) : checked(row).term;
    recent.set(name, term);
    return term;
  }

  return {
    find(name) {
      const row = select.get(name);
      return row && grown(row);
    },
    list: (prefix, after, limit, ascending) => listRows(database, prefix, after, limit, ascending).map(grown),
    places: (stream, from) => chunks.places(stream.term, from),
    numbersOf(name) {
      const term = terms.find('stream', name);
      return term === undefined ? undefined : chunks.numbers(term);
    },
    seed: (name, length, height) => {
      writeRow(name, length, height, height);
    },
    add({ height, transactions }: IndexedBlock) {
      for (const transaction of transactions) addTransaction(height, transaction);
    },
    write() {
      for (const name of [...pending.keys()].sort()) {
        const growth = pending.get(name)!;
        chunks.write(termOf(name, growth), growth.places, growth.lastHeight);
      }
      pending = new Map();
    },
  };
}

function listRows(
  database: Database,
  prefix: string,
  after: string | undefined,
  limit: number,
  ascending: boolean,
): readonly StoredStream[] {
  // U+10FFFF sorts above every character of a name.
  const above = `${prefix}\u{10ffff}`;
  const sql = ascending
    ? 'SELECT * FROM streams WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?'
    : 'SELECT * FROM streams WHERE name < ? AND name >= ? AND name < ? ORDER BY name DESC LIMIT ?';
  const bound = after ?? (ascending ? '' : above);
  return database
    .prepare<[string, string, string, number], StoredStream>(sql)
    .all(bound, prefix, above, limit);
}
