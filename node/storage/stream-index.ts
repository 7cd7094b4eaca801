/** Streams by name, and where each of their events is: chunks of (transaction number, event of the transaction). */
import type { Height } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import { packNumbers, unpackNumbers } from './framing.ts';
import type { IndexedBlock, IndexedTransaction, IndexPart } from './index-block.ts';
import { recentMap } from './recent-map.ts';
import { blobCrc, rowCrc } from './row-crc.ts';
import type { Terms } from './terms.ts';

export interface StreamRow {
  readonly name: string;
  readonly term: number;
  readonly length: number;
  readonly firstHeight: Height;
  readonly lastHeight: Height;
}
/** Where an event is: the transaction, and which of its stream events. */
export interface EventPlace {
  readonly revision: number;
  readonly number: number;
  readonly ordinal: number;
}

export interface StreamIndex extends IndexPart {
  find(name: string): StreamRow | undefined;
  /** By name, code point by code point; from behind `after` on if it is given. */
  list(prefix: string, after: string | undefined, limit: number, ascending: boolean): readonly StreamRow[];
  /** A stream whose events are not here; its heights are those of the snapshot. To be called inside a transaction. */
  seed(name: string, length: number, height: Height): void;
  /** Ascending from a revision on. */
  places(stream: StreamRow, from: number): IterableIterator<EventPlace>;
}

interface StoredStream {
  readonly name: string;
  readonly term: number;
  readonly length: number;
  readonly first_height: number;
  readonly last_height: number;
  readonly crc: number;
}
interface ChunkRow {
  readonly revision: number;
  readonly places: Buffer;
  readonly crc: number;
}
/** What pending blocks add to a stream. */
interface Growth {
  readonly firstHeight: Height;
  lastHeight: Height;
  readonly places: EventPlace[];
}

const chunkMax = 256;
const recentMax = 20_000;

export function openStreamIndex(database: Database, file: string, terms: Terms): StreamIndex {
  const select = database.prepare<[string], StoredStream>('SELECT * FROM streams WHERE name = ?');
  const put = database.prepare('INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, ?, ?)');
  const insertChunk = database.prepare('INSERT INTO stream_chunks VALUES (?, ?, ?, ?)');
  const selectFrom = database.prepare<[number, number], ChunkRow>(
    'SELECT revision, places, crc FROM stream_chunks WHERE term = ? AND revision <= ? ORDER BY revision DESC LIMIT 1',
  );
  const selectNext = database.prepare<[number, number], ChunkRow>(
    'SELECT revision, places, crc FROM stream_chunks WHERE term = ? AND revision > ? ORDER BY revision LIMIT 1',
  );
  /** As they are on disk, to be written again soon. */
  const recent = recentMap<string, StreamRow>(recentMax);
  let pending = new Map<string, Growth>();

  function addTransaction(height: Height, { number, streamEvents }: IndexedTransaction): void {
    streamEvents.forEach(({ stream, revision }, ordinal) => {
      const growth = pending.get(stream) ?? { firstHeight: height, lastHeight: height, places: [] };
      growth.lastHeight = height;
      growth.places.push({ revision, number, ordinal });
      pending.set(stream, growth);
    });
  }

  function checked(row: StoredStream | undefined): StreamRow | undefined {
    if (row === undefined) return undefined;
    const { name, term, length, first_height, last_height } = row;
    if (rowCrc('streams', name, term, length, first_height, last_height) !== row.crc)
      throw damaged(file, 'streams', name);
    return { name, term, length, firstHeight: first_height as Height, lastHeight: last_height as Height };
  }

  function writeGrowth(name: string, { firstHeight, lastHeight, places }: Growth): void {
    const known = recent.get(name) ?? checked(select.get(name));
    const term = known?.term ?? terms.intern('stream', name);
    const length = (known?.length ?? 0) + places.length;
    const first = known?.firstHeight ?? firstHeight;
    put.run(name, term, length, first, lastHeight, rowCrc('streams', name, term, length, first, lastHeight));
    recent.set(name, { name, term, length, firstHeight: first, lastHeight });
    for (let at = 0; at < places.length; at += chunkMax) writeChunk(term, places.slice(at, at + chunkMax));
  }

  function writeChunk(term: number, places: readonly EventPlace[]): void {
    const revision = places[0]!.revision;
    const steps: number[] = [];
    let before = 0;
    for (const { number, ordinal } of places) {
      steps.push(number - before, ordinal);
      before = number;
    }
    const packed = packNumbers(steps);
    insertChunk.run(term, revision, packed, blobCrc(packed, 'stream_chunks', term, revision));
  }

  function decodeChunk(term: number, row: ChunkRow): readonly EventPlace[] {
    const intact = blobCrc(row.places, 'stream_chunks', term, row.revision) === row.crc;
    const numbers = intact ? unpackNumbers(row.places) : undefined;
    if (numbers === undefined) throw damaged(file, 'stream_chunks', `${term}/${row.revision}`);
    const places: EventPlace[] = [];
    let number = 0;
    for (let at = 0; at < numbers.length; at += 2) {
      number += numbers[at]!;
      places.push({ revision: row.revision + at / 2, number, ordinal: numbers[at + 1]! });
    }
    return places;
  }

  function* places(stream: StreamRow, from: number): IterableIterator<EventPlace> {
    let row = selectFrom.get(stream.term, from);
    while (row !== undefined) {
      for (const place of decodeChunk(stream.term, row)) if (place.revision >= from) yield place;
      row = selectNext.get(stream.term, row.revision);
    }
  }

  return {
    find: (name) => checked(select.get(name)),
    list: (prefix, after, limit, ascending) =>
      listRows(database, prefix, after, limit, ascending).map((row) => checked(row) as StreamRow),
    places,
    seed(name, length, height) {
      const term = terms.intern('stream', name);
      put.run(name, term, length, height, height, rowCrc('streams', name, term, length, height, height));
    },
    add({ height, transactions }: IndexedBlock) {
      for (const transaction of transactions) addTransaction(height, transaction);
    },
    write() {
      for (const name of [...pending.keys()].sort()) writeGrowth(name, pending.get(name)!);
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
