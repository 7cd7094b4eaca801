/** For each height: time, first transaction number, first event position, events of each transaction. */
import type { Height } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import { packNumbers, unpackNumbers } from './framing.ts';
import type { IndexedBlock, IndexPart } from './index-block.ts';
import type { LedgerBase } from './ledger-file.ts';
import { blobCrc } from './row-crc.ts';

export interface BlockPlace {
  readonly height: Height;
  readonly time: number;
  readonly first: number;
  /** Of its first stream event. */
  readonly position: number;
  /** Stream events of each transaction. */
  readonly counts: readonly number[];
}

export interface BlockIndex extends IndexPart {
  get(height: Height): BlockPlace | undefined;
  /** The highest block up to `top` for which the test holds; it holds for a run of heights from 0. */
  lastWhere(top: Height, holds: (place: BlockPlace) => boolean): BlockPlace | undefined;
}

interface BlockIndexRow {
  readonly time: number;
  readonly first: number;
  readonly position: number;
  readonly counts: Buffer;
  readonly crc: number;
}

export function openBlockIndex(
  database: Database,
  file: string,
  { bodiesFrom, position: firstPosition }: LedgerBase,
): BlockIndex {
  const insert = database.prepare('INSERT INTO block_index VALUES (?, ?, ?, ?, ?, ?)');
  const select = database.prepare<[number], BlockIndexRow>('SELECT * FROM block_index WHERE height = ?');
  const selectTop = database.prepare<[], number | null>('SELECT max(height) FROM block_index').pluck();
  let pending: IndexedBlock[] = [];
  let nextPosition = endOf(selectTop.get() ?? undefined);

  function endOf(height: number | undefined): number {
    const last = height === undefined ? undefined : get(height as Height);
    return last === undefined ? 0 : last.position + sum(last.counts);
  }

  function get(height: Height): BlockPlace | undefined {
    const row = select.get(height);
    if (row === undefined) return undefined;
    const { time, first, position } = row;
    const crc = blobCrc(row.counts, 'block_index', height, time, first, position);
    const counts = crc === row.crc ? unpackNumbers(row.counts) : undefined;
    if (counts === undefined) throw damaged(file, 'block_index', height);
    return { height, time, first, position, counts };
  }

  function lastWhere(top: Height, holds: (place: BlockPlace) => boolean): BlockPlace | undefined {
    let found: BlockPlace | undefined;
    let low = 0;
    let high: number = top;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const place = get(middle as Height);
      if (place === undefined) throw damaged(file, 'block_index', middle);
      if (holds(place)) {
        found = place;
        low = middle + 1;
      } else high = middle - 1;
    }
    return found;
  }

  function writeBlock({ height, time, first, transactions }: IndexedBlock): void {
    // Events of the blocks before are not here, and keep their positions all the same.
    if (height === bodiesFrom) nextPosition = firstPosition;
    const counts = transactions.map(({ appended }) => appended.length);
    const packed = packNumbers(counts);
    const crc = blobCrc(packed, 'block_index', height, time, first, nextPosition);
    insert.run(height, time, first, nextPosition, packed, crc);
    nextPosition += sum(counts);
  }

  return {
    get,
    lastWhere,
    add: (block) => pending.push(block),
    write() {
      for (const block of pending) writeBlock(block);
      pending = [];
    },
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
