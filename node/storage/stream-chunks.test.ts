/** Chunks of a stream, searched by the numbers of its transactions, against the whole list. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Height, heightOf } from '../../shared/types/brands.ts';
import { type Database, openDatabase } from './database.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { packNumbers } from './framing.ts';
import type { IndexedBlock } from './index-block.ts';
import { blobCrc, rowCrc } from './row-crc.ts';
import { openStreamChunks } from './stream-chunks.ts';
import { openStreamIndex } from './stream-index.ts';
import { openTerms } from './terms.ts';
import { type TemporaryDirectory, temporaryDirectory } from './test-support.ts';

let directory: TemporaryDirectory;
let file: string;
let database: Database;
let term = 0;

beforeAll(() => {
  directory = temporaryDirectory();
  file = join(directory.path, derivedFileName);
  database = openDatabase(file, derivedFormat);
});
afterAll(() => {
  database.close();
  directory.remove();
});

/** Steps of 0: several events of one transaction. */
const chunkLists = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }), {
  maxLength: 12,
});
const seeks = fc.array(fc.tuple(fc.integer({ min: -2, max: 60 }), fc.boolean()), { maxLength: 40 });

it('the nearest transaction is found from every number, in whatever order is asked', () => {
  fc.assert(
    fc.property(fc.nat(5), chunkLists, seeks, (firstRevision, chunkList, asked) => {
      const chunks = openStreamChunks(database, file);
      term += 1;
      const numbers: number[] = [];
      let [revision, number] = [firstRevision, 0];
      for (const steps of chunkList) {
        const places = steps.map((step, ordinal) => {
          number += step;
          numbers.push(number);
          return { revision: revision++, number, ordinal };
        });
        chunks.write(term, places, heightOf(number));
        expect(chunks.end(term)).toEqual({ length: revision, lastHeight: number });
      }
      const set = chunks.numbers(term);
      for (const [from, ascending] of asked) {
        const expected = ascending
          ? numbers.find((one) => one >= from)
          : numbers.findLast((one) => one <= from);
        expect(set.seek(from, ascending)).toBe(expected);
      }
    }),
  );
});

const blockAt = (height: number, number: number, revision: number): IndexedBlock => ({
  height: heightOf(height),
  hash: '' as never,
  time: 0,
  first: number,
  transactions: [{ number, appended: [{ stream: 'a', revision }] } as never],
});

it('a stream of a file of an older version is as long as its row says, and then as its next chunk does', () => {
  const old = join(directory.path, 'older.db');
  const older = openDatabase(old, { ...derivedFormat, migrations: derivedFormat.migrations.slice(0, 4) });
  const id = openTerms(older).intern('stream', 'a');
  older
    .prepare('INSERT INTO streams VALUES (?, ?, ?, ?, ?, ?)')
    .run('a', id, 2, 3, 7, rowCrc('streams', 'a', id, 2, 3, 7));
  const places = packNumbers([4, 0, 5, 0]);
  older
    .prepare('INSERT INTO stream_chunks VALUES (?, ?, ?, ?)')
    .run(id, 0, places, blobCrc(places, 'stream_chunks', id, 0));
  older.close();

  const newer = openDatabase(old, derivedFormat);
  const index = openStreamIndex(newer, old, openTerms(newer));
  const row = { name: 'a', term: id, firstHeight: 3 };
  expect(index.find('a')).toEqual({ ...row, length: 2, lastHeight: 7 });
  index.add(blockAt(11, 20, 2));
  index.add(blockAt(12, 21, 3));
  index.write();
  expect(index.find('a')).toEqual({ ...row, length: 4, lastHeight: 12 });
  expect(index.list('', undefined, 10, true)).toEqual([index.find('a')]);
  expect([...index.places(index.find('a')!, 1)].map(({ number }) => number)).toEqual([9, 20, 21]);
  expect(index.numbersOf('a')?.seek(10, true)).toBe(20);
  newer.close();
});

it('a stream that came with a snapshot goes on behind what its row says', () => {
  const joined = join(directory.path, 'joined.db');
  const fresh = openDatabase(joined, derivedFormat);
  const index = openStreamIndex(fresh, joined, openTerms(fresh));
  index.seed('a', 40, 9 as Height);
  expect(index.find('a')).toMatchObject({ length: 40, firstHeight: 9, lastHeight: 9 });
  index.add(blockAt(10, 500, 40));
  index.write();
  expect(index.find('a')).toMatchObject({ length: 41, firstHeight: 9, lastHeight: 10 });
  expect(index.numbersOf('a')?.seek(0, true)).toBe(500);
  expect(index.numbersOf('b')).toBeUndefined();
  fresh.close();
});
