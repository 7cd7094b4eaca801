/**
 * Where an eventId is: a hash of its key leads to its revision. An index of text would be the larger part of what an
 * event costs on disk. Hashes may be equal: then the later one has the next free place, and who looks for a key goes on
 * until the event is found or a place is empty. Nothing ever leaves, so that no place between becomes empty.
 */
import { hash } from 'node:crypto';
import type { Database } from './database.ts';
import { damaged, naming } from './errors.ts';
import { rowCrc } from './row-crc.ts';

export interface EventIds {
  /** In a transaction of whoever calls; what is there already stays as it is. */
  add(events: readonly PlacedEvent[]): void;
  /** The revision for which `isIt` holds among those that have this key's hash. @throws StorageError `data-damaged` */
  find(key: string, isIt: (revision: number) => boolean): number | undefined;
}

export interface PlacedEvent {
  /** In state. */
  readonly key: string;
  readonly revision: number;
}

interface IdRow {
  readonly revision: number;
  readonly crc: number;
}

const table = 'event_ids';
/** Rows of one statement: each call costs more than its row does. */
const rowsAtOnce = 64;
const hashDigits = 13;
const hashesEnd = 16 ** hashDigits;

/** 52 bits. */
const sha256Of = (key: string): number =>
  Number.parseInt(hash('sha256', key, 'hex').slice(0, hashDigits), 16);

/** @param hashOf of a key, below 2^52; nobody may be able to choose keys of one hash */
export function eventIds(
  database: Database,
  file: string,
  hashOf: (key: string) => number = sha256Of,
): EventIds {
  const insertOf = (rows: number) =>
    database.prepare(
      `INSERT INTO event_ids VALUES ${Array(rows).fill('(?, ?, ?)').join(', ')} ON CONFLICT DO NOTHING`,
    );
  const insertOne = insertOf(1);
  const insertMany = insertOf(rowsAtOnce);
  const select = database.prepare<[number], IdRow>('SELECT revision, crc FROM event_ids WHERE hash = ?');

  function add(events: readonly PlacedEvent[]): void {
    const rows = events
      .map(({ key, revision }) => ({ place: hashOf(key), revision }))
      // Neighbours share pages.
      .sort((one, other) => one.place - other.place);
    let at = 0;
    for (; at + rowsAtOnce <= rows.length; at += rowsAtOnce) {
      const values: number[] = [];
      for (let row = at; row < at + rowsAtOnce; row += 1) {
        const { place, revision } = rows[row]!;
        values.push(place, revision, crcOf(place, revision));
      }
      if (insertMany.run(values).changes < rowsAtOnce)
        for (const row of rows.slice(at, at + rowsAtOnce)) addOne(row);
    }
    for (const row of rows.slice(at)) addOne(row);
  }

  function addOne({ place, revision }: { readonly place: number; readonly revision: number }): void {
    for (let at = place; ; at = nextPlace(at)) {
      const known = select.get(at);
      // Of whichever event: it leads to this revision as well.
      if (known?.revision === revision) return;
      if (known !== undefined) continue;
      insertOne.run(at, revision, crcOf(at, revision));
      return;
    }
  }

  function find(key: string, isIt: (revision: number) => boolean): number | undefined {
    for (let at = hashOf(key); ; at = nextPlace(at)) {
      const row = naming(file, () => select.get(at));
      if (row === undefined) return undefined;
      if (row.crc !== crcOf(at, row.revision)) throw damaged(file, table, at);
      if (isIt(row.revision)) return row.revision;
    }
  }

  return { add, find };
}

const nextPlace = (place: number): number => (place + 1) % hashesEnd;
const crcOf = (place: number, revision: number): number => rowCrc(table, place, revision);
