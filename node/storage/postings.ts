/**
 * Which transactions have a property: for each term the ascending numbers, in chunks, each the differences to the
 * number before. One row holds what many blocks say about a term.
 */
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import { packNumbers, unpackNumbers } from './framing.ts';
import type { IndexedTransaction, IndexPart } from './index-block.ts';
import { firstAtOrAbove, lastAtOrBelow, type NumberSet } from './number-sets.ts';
import { blobCrc } from './row-crc.ts';
import type { TermKind, Terms } from './terms.ts';

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
    const { number, action, failed, touched, appended } = transaction;
    if (touched.sender !== undefined) post('sender', touched.sender, number);
    post('action', action, number);
    post('status', failed ? 'failed' : 'succeeded', number);
    for (const receiver of touched.receivers) post('receiver', receiver, number);
    // Who appended to a stream stands in its chunks (stream-chunks.ts): a row for each stream more would say it twice.
    for (const stream of touched.streams)
      if (!appended.some((event) => event.stream === stream)) post('stream', stream, number);
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
