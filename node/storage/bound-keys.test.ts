import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyRun } from '../ledger/snapshot-bound.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { readBoundKeys } from './bound-keys.ts';
import { type Database, openDatabase } from './database.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { StorageError } from './errors.ts';
import { eventRuns } from './event-runs.ts';
import { type TemporaryDirectory, temporaryDirectory } from './test-support.ts';

let directory: TemporaryDirectory;
let database: Database;
const failures: unknown[] = [];
beforeEach(() => {
  vi.useFakeTimers();
  directory = temporaryDirectory();
  database = openDatabase(join(directory.path, derivedFileName), derivedFormat);
  failures.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  database.close();
  directory.remove();
});

const put = (key: string | null) => database.prepare('INSERT INTO bound VALUES (?, zeroblob(1), 0)').run(key);
const read = () =>
  readBoundKeys({ database, file: 'derived.db', failed: (error) => failures.push(error), pieceKeys: 3 });

describe('keys on disk', () => {
  it('may all be there until the stored ones are read', () => {
    for (let index = 0; index < 10; index++) put(`stored ${index}`);
    const keys = read();
    expect(keys.mayHave('absent')).toBe(true);
    keys.add('written meanwhile');
    vi.runAllTimers();
    expect(keys.mayHave('absent')).toBe(false);
    expect(keys.mayHave('written meanwhile')).toBe(true);
    for (let index = 0; index < 10; index++) expect(keys.mayHave(`stored ${index}`)).toBe(true);
    expect(failures).toEqual([]);
  });

  it('are known at once if they are few', () => {
    put('stored');
    const keys = read();
    expect([keys.mayHave('stored'), keys.mayHave('absent')]).toEqual([true, false]);
  });

  it('of few events each are read as quickly as those of many', () => {
    const runs = eventRuns(database, 'derived.db');
    const leaf = new Uint8Array(32);
    for (let index = 0; index < 900; index++)
      runs.put({ stream: `s${index}`, start: emptyRun, entries: [[`e${index}`, leaf]] });
    const keys = readBoundKeys({ database, file: 'derived.db', failed: (error) => failures.push(error) });
    expect(keys.mayHave('absent')).toBe(false);
    for (let index = 0; index < 900; index++)
      expect(keys.mayHave(stateKeys.eventId(`s${index}`, `e${index}`))).toBe(true);
  });

  it('of events are not all there where a row is lost', () => {
    const runs = eventRuns(database, 'derived.db');
    const entries = Array.from({ length: 100 }, (_, at) => [`e${at}`, new Uint8Array(32)] as const);
    runs.put({ stream: 'a', start: emptyRun, entries });
    database.exec('DELETE FROM event_runs WHERE revision = 32');
    expect(read).toThrow(expect.objectContaining({ code: 'data-damaged' }));
    expect(failures).toEqual([]);
  });

  it('are read no further once the file is closed', () => {
    for (let index = 0; index < 10; index++) put(`stored ${index}`);
    const keys = read();
    database.close();
    vi.runAllTimers();
    expect(keys.mayHave('absent')).toBe(true);
    expect(failures).toEqual([]);
  });

  it('that cannot be read are reported, and nothing is certain', () => {
    for (let index = 0; index < 10; index++) put(`stored ${index}`);
    const keys = read();
    database.exec('DROP TABLE bound');
    vi.runAllTimers();
    expect(failures).toHaveLength(1);
    expect(keys.mayHave('absent')).toBe(true);
  });

  it('of another type are damage', () => {
    database.prepare("INSERT INTO bound VALUES (x'00', zeroblob(1), 0)").run();
    expect(read).toThrow(StorageError);
  });
});
