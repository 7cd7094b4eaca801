/**
 * Where the events of a stream are: chunks of (transaction number, event of the transaction), each for what a few
 * blocks added. The last one says how long the stream is; all together say who appended to it.
 */
import type { Height } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import { packNumbers, unpackNumbers } from './framing.ts';
import { firstAtOrAbove, lastAtOrBelow, type NumberSet } from './number-sets.ts';
import { blobCrc } from './row-crc.ts';

/** Where an event is: the transaction, and which of its stream events. */
export interface EventPlace {
  readonly revision: number;
  readonly number: number;
  readonly ordinal: number;
}

export interface StreamEnd {
  readonly length: number;
  readonly lastHeight: Height;
}

export interface StreamChunks {
  /** The next events of a stream; the last of them is in the block of this height. */
  write(term: number, places: readonly EventPlace[], lastHeight: Height): void;
  /** undefined if the last chunk does not say it, being of an older version, or there is none. */
  end(term: number): StreamEnd | undefined;
  /** Ascending from a revision on. */
  places(term: number, from: number): IterableIterator<EventPlace>;
  /** Of the transactions that appended to it. */
  numbers(term: number): NumberSet;
}

interface ChunkRow {
  readonly revision: number;
  readonly places: Buffer;
  readonly crc: number;
  /** null in rows of an older version. */
  readonly last_height: number | null;
}

interface Chunk {
  readonly places: readonly EventPlace[];
  /** Of the transactions, ascending; the same one several times if it appended several events. */
  readonly numbers: readonly number[];
  readonly first: number;
  readonly last: number;
  readonly revision: number;
}

const chunkMax = 256;
const columns = 'revision, places, crc, last_height';

export function openStreamChunks(database: Database, file: string): StreamChunks {
  const insert = database.prepare('INSERT INTO stream_chunks VALUES (?, ?, ?, ?, ?)');
  const selectFrom = database.prepare<[number, number], ChunkRow>(
    `SELECT ${columns} FROM stream_chunks WHERE term = ? AND revision <= ? ORDER BY revision DESC LIMIT 1`,
  );
  const selectNext = database.prepare<[number, number], ChunkRow>(
    `SELECT ${columns} FROM stream_chunks WHERE term = ? AND revision > ? ORDER BY revision LIMIT 1`,
  );

  function write(term: number, places: readonly EventPlace[], lastHeight: Height): void {
    for (let at = 0; at < places.length; at += chunkMax)
      writeChunk(term, places.slice(at, at + chunkMax), lastHeight);
  }

  function writeChunk(term: number, places: readonly EventPlace[], lastHeight: Height): void {
    const revision = places[0]!.revision;
    const steps: number[] = [];
    let before = 0;
    for (const { number, ordinal } of places) {
      steps.push(number - before, ordinal);
      before = number;
    }
    const packed = packNumbers(steps);
    insert.run(term, revision, packed, crcOf(term, revision, packed, lastHeight), lastHeight);
  }

  function decodeChunk(term: number, row: ChunkRow): Chunk {
    const { revision } = row;
    const intact = crcOf(term, revision, row.places, row.last_height) === row.crc;
    const steps = intact ? unpackNumbers(row.places) : undefined;
    if (steps === undefined || steps.length === 0)
      throw damaged(file, 'stream_chunks', `${term}/${revision}`);
    const places: EventPlace[] = [];
    let number = 0;
    for (let at = 0; at < steps.length; at += 2) {
      number += steps[at]!;
      places.push({ revision: revision + at / 2, number, ordinal: steps[at + 1]! });
    }
    return { places, numbers: places.map((place) => place.number), first: steps[0]!, last: number, revision };
  }

  function end(term: number): StreamEnd | undefined {
    const row = selectFrom.get(term, Number.MAX_SAFE_INTEGER);
    if (row === undefined || row.last_height === null) return undefined;
    const { places, revision } = decodeChunk(term, row);
    return { length: revision + places.length, lastHeight: row.last_height as Height };
  }

  function* placesFrom(term: number, from: number): IterableIterator<EventPlace> {
    let row = selectFrom.get(term, from);
    while (row !== undefined) {
      for (const place of decodeChunk(term, row).places) if (place.revision >= from) yield place;
      row = selectNext.get(term, row.revision);
    }
  }

  /** The chunk that holds this revision, or the last one below it. */
  function chunkAt(term: number, revision: number): Chunk | undefined {
    const row = selectFrom.get(term, revision);
    return row && decodeChunk(term, row);
  }

  function chunkBehind(term: number, revision: number): Chunk | undefined {
    const row = selectNext.get(term, revision);
    return row && decodeChunk(term, row);
  }

  /** The last chunk that begins at or below a transaction's number. */
  function search(term: number, number: number): Chunk | undefined {
    let low = 0;
    let high = chunkAt(term, Number.MAX_SAFE_INTEGER)?.revision ?? 0;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const chunk = chunkAt(term, middle);
      // Revisions below the first chunk were never here.
      if (chunk === undefined || chunk.first <= number) low = middle;
      else high = chunk.revision - 1;
    }
    const found = chunkAt(term, low);
    return found !== undefined && found.first <= number ? found : undefined;
  }

  function numbers(term: number): NumberSet {
    let home: Chunk | undefined;

    /** As `search`, looking beside the chunk that was read last first: lists are read in order. */
    function locate(number: number): Chunk | undefined {
      if (home === undefined) return search(term, number);
      if (number < home.first) {
        const before = chunkAt(term, home.revision - 1);
        return before === undefined || before.first <= number ? before : search(term, number);
      }
      if (number <= home.last) return home;
      const behind = chunkBehind(term, home.revision);
      if (behind === undefined || number < behind.first) return home;
      return number <= behind.last ? behind : search(term, number);
    }

    return {
      seek(from, ascending) {
        home = locate(from);
        if (!ascending) return home && lastAtOrBelow(home.numbers, from);
        const found = home && firstAtOrAbove(home.numbers, from);
        return found ?? chunkBehind(term, home?.revision ?? -1)?.first;
      },
    };
  }

  return { write, end, places: placesFrom, numbers };
}

const crcOf = (term: number, revision: number, places: Uint8Array, lastHeight: number | null): number =>
  blobCrc(places, 'stream_chunks', term, revision, ...(lastHeight === null ? [] : [lastHeight]));
