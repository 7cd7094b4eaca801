/**
 * Which transactions have a property: for each term the ascending numbers, in chunks, each the differences to the
 * number before. One row holds what many blocks say about a term.
 */
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import { packNumbers, unpackNumbers } from './framing.ts';
import type { IndexedTransaction, IndexPart } from './index-block.ts';
import { blobCrc } from './row-crc.ts';
import type { TermKind, Terms } from './terms.ts';

/** An ascending set of numbers that can be searched from any point in both directions. */
export interface NumberSet {
  /** The nearest member that is ≥ `from`, or ≤ `from` if descending. */
  seek(from: number, ascending: boolean): number | undefined;
}

export interface Postings extends IndexPart {
  of(kind: TermKind, text: string): NumberSet | undefined;
}

const chunkMax = 512;

interface ChunkRow {
  readonly first: number;
  readonly numbers: Buffer;
  readonly crc: number;
}

export function openPostings(database: Database, file: string, terms: Terms): Postings {
  const insert = database.prepare('INSERT INTO postings VALUES (?, ?, ?, ?)');
  const selectAtOrBelow = database.prepare<[number, number], ChunkRow>(
    'SELECT first, numbers, crc FROM postings WHERE term = ? AND first <= ? ORDER BY first DESC LIMIT 1',
  );
  const selectAbove = database.prepare<[number, number], ChunkRow>(
    'SELECT first, numbers, crc FROM postings WHERE term = ? AND first > ? ORDER BY first LIMIT 1',
  );
  let pending = new Map<number, number[]>();

  function post(kind: TermKind, text: string, number: number): void {
    const term = terms.intern(kind, text);
    const numbers = pending.get(term);
    if (numbers === undefined) pending.set(term, [number]);
    else numbers.push(number);
  }

  function postAll(transaction: IndexedTransaction): void {
    const { number, action, failed, touched } = transaction;
    if (touched.sender !== undefined) post('sender', touched.sender, number);
    post('action', action, number);
    post('status', failed ? 'failed' : 'succeeded', number);
    for (const receiver of touched.receivers) post('receiver', receiver, number);
    for (const stream of touched.streams) post('stream', stream, number);
    for (const label of touched.labels) post('label', label, number);
  }

  function writeChunk(term: number, numbers: readonly number[]): void {
    const first = numbers[0]!;
    const packed = packNumbers(numbers.map((number, at) => number - (numbers[at - 1] ?? first)));
    insert.run(term, first, packed, blobCrc(packed, 'postings', term, first));
  }

  function decodeChunk(term: number, row: ChunkRow | undefined): readonly number[] | undefined {
    if (row === undefined) return undefined;
    const intact = blobCrc(row.numbers, 'postings', term, row.first) === row.crc;
    const steps = intact ? unpackNumbers(row.numbers) : undefined;
    if (steps === undefined) throw damaged(file, 'postings', `${term}/${row.first}`);
    let number = row.first;
    return steps.map((step) => {
      number += step;
      return number;
    });
  }

  function numbersOf(term: number): NumberSet {
    let chunk: readonly number[] = [];

    function seek(from: number, ascending: boolean): number | undefined {
      if (!(from >= chunk[0]! && from <= chunk.at(-1)!))
        chunk = decodeChunk(term, selectAtOrBelow.get(term, from)) ?? [];
      if (!ascending) return lastAtOrBelow(chunk, from);
      const found = firstAtOrAbove(chunk, from);
      if (found !== undefined) return found;
      chunk = decodeChunk(term, selectAbove.get(term, from)) ?? [];
      return chunk[0];
    }

    return { seek };
  }

  return {
    add({ transactions }) {
      for (const transaction of transactions) postAll(transaction);
    },
    write() {
      for (const [term, numbers] of [...pending].sort((a, b) => a[0] - b[0]))
        for (let at = 0; at < numbers.length; at += chunkMax)
          writeChunk(term, numbers.slice(at, at + chunkMax));
      pending = new Map();
    },
    of(kind, text) {
      const term = terms.find(kind, text);
      return term === undefined ? undefined : numbersOf(term);
    },
  };
}

/** All members, by leaps: each set in turn moves the candidate on until all agree. */
export function* intersection(
  sets: readonly NumberSet[],
  range: { readonly low: number; readonly high: number },
  ascending: boolean,
): IterableIterator<number> {
  const step = ascending ? 1 : -1;
  let candidate: number | undefined = ascending ? range.low : range.high;
  while (candidate !== undefined && candidate >= range.low && candidate <= range.high) {
    const agreed = agree(sets, candidate, ascending);
    if (agreed === candidate) {
      yield candidate;
      candidate += step;
    } else candidate = agreed;
  }
}

/** `candidate` itself if every set has it, else the next number worth a try. */
function agree(sets: readonly NumberSet[], candidate: number, ascending: boolean): number | undefined {
  for (const set of sets) {
    const found = set.seek(candidate, ascending);
    if (found !== candidate) return found;
  }
  return candidate;
}

function firstAtOrAbove(sorted: readonly number[], from: number): number | undefined {
  return sorted[countBelow(sorted, from)];
}

function lastAtOrBelow(sorted: readonly number[], from: number): number | undefined {
  return sorted[countBelow(sorted, from + 1) - 1];
}

function countBelow(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
