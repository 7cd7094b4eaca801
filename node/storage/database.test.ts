/** What a killed process left in the write-ahead log is on the disk before anybody acts on it (rule D1). */
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, makeDurable, openDatabase } from './database.ts';
import { type TemporaryDirectory, temporaryDirectory } from './test-support.ts';

const format = {
  migrations: ['CREATE TABLE t (x INTEGER)'],
  synchronous: 'FULL',
  pageBytes: 4_096,
  cacheKibibytes: 64,
} as const;

let directory: TemporaryDirectory;
let file: string;
const opened: Database[] = [];
beforeEach(() => {
  directory = temporaryDirectory();
  file = join(directory.path, 'a.db');
});
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  directory.remove();
});

function open(): Database {
  const database = openDatabase(file, format);
  opened.push(database);
  return database;
}
/** Somebody who reads the file as it is now, such as a copy of it. */
function reader(): Database {
  const database = new SqliteDatabase(file, { readonly: true });
  opened.push(database);
  database.exec('BEGIN');
  database.prepare('SELECT count(*) FROM t').get();
  return database;
}

describe('a log that was left behind', () => {
  it('is moved into the file, and not synced by itself', () => {
    const database = open();
    database.exec('INSERT INTO t VALUES (1)');
    const synced: string[] = [];
    makeDurable(database, file, (path) => synced.push(path));
    expect(synced).toEqual([]);
  });

  it('is synced where it is while somebody else reads the file', () => {
    const database = open();
    const other = reader();
    database.exec('INSERT INTO t VALUES (1)');
    const synced: string[] = [];
    makeDurable(database, file, (path) => synced.push(path));
    expect(synced).toEqual([`${file}-wal`]);
    other.close();
    makeDurable(database, file, (path) => synced.push(path));
    expect(synced).toHaveLength(1);
  });

  it('ends the start by name if that fails', () => {
    const database = open();
    reader();
    database.exec('INSERT INTO t VALUES (1)');
    const fail = (): never => {
      throw Object.assign(new Error('the disk is gone'), { code: 'EIO' });
    };
    expect(() => makeDurable(database, file, fail)).toThrow(
      expect.objectContaining({
        code: 'disk-error',
        facts: expect.objectContaining({ file: `${file}-wal` }),
      }),
    );
  });
});
