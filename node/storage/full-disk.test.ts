/** A failing disk: named, fatal, and nothing is confirmed after it (rule D2). */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { bundleChild } from './child-support.ts';
import { openDatabase } from './database.ts';
import { makeGroupCommit } from './group-commit.ts';
import { temporaryDirectory } from './test-support.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a full disk', () => {
  it('stops the node and confirms nothing of the failed commit nor anything later', async () => {
    const directory = temporaryDirectory();
    const file = join(directory.path, 'small.db');
    const database = openDatabase(file, {
      migrations: ['CREATE TABLE bytes (bytes BLOB)'],
      synchronous: 'FULL',
      pageBytes: 4_096,
      cacheKibibytes: 1_024,
    });
    database.pragma('max_page_count = 20');
    const failures: (readonly [string, unknown])[] = [];
    const confirmed: string[] = [];
    const fatal = (code: string, facts: unknown) => failures.push([code, facts]);
    const group = makeGroupCommit({ database, file, walBytesMax: 2 ** 20, fatal });
    const insert = database.prepare('INSERT INTO bytes VALUES (zeroblob(?))');
    const write = (name: string, bytes: number) =>
      group.add(
        () => {
          insert.run(bytes);
          return bytes;
        },
        () => confirmed.push(name),
      );
    write('fits', 1_000);
    await turn();
    write('would fit', 1_000);
    write('does not', 1_000_000);
    await turn();
    // Also if there is room again meanwhile: what would be written now rests on what is not there.
    database.pragma('max_page_count = 1000');
    write('later', 10);
    await turn();
    group.later(() => Number(insert.run(10).changes));
    group.flush();
    database.close();
    expect(confirmed).toEqual(['fits']);
    expect(failures).toMatchObject([['disk-full', { file }]]);
    expect(bytesIn(file)).toEqual([1_000]);
    directory.remove();
  });

  // A limit on the size of files (RLIMIT_FSIZE) needs no rights; a small file system needs root.
  const hosts: readonly (readonly [name: string, code: string])[] = [
    ['a limit on the size of files', 'disk-error'],
    ...(canMount() ? [['a full file system', 'disk-full'] as const] : []),
  ];
  it.each(hosts)(
    'in a process of its own, by %s, is named %s',
    async (host, code) => {
      const program = temporaryDirectory();
      const data = temporaryDirectory();
      const child = await bundleChild('full-disk-child.ts', program.path);
      const mounted = host === 'a full file system';
      if (mounted) mountSmall(data.path);
      const limit = mounted ? 'unlimited' : '4096';
      const text = execFileSync(
        'sh',
        ['-c', `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, child, data.path],
        {
          encoding: 'utf8',
        },
      );
      if (mounted) execFileSync('umount', [data.path]);
      const { failures, confirmed, confirmedAfterFailure } = JSON.parse(text) as {
        failures: string[];
        confirmed: number;
        confirmedAfterFailure: number;
      };
      expect(failures).toEqual([code]);
      expect(confirmed).toBeLessThan(100);
      expect(confirmedAfterFailure).toBe(0);
      program.remove();
      data.remove();
    },
    60_000,
  );
});

/** What is there for the next process. */
function bytesIn(file: string): readonly unknown[] {
  const database = new Database(file, { readonly: true });
  const lengths = database.prepare('SELECT length(bytes) FROM bytes').pluck().all();
  database.close();
  return lengths;
}

function mountSmall(directory: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory], { stdio: 'ignore' });
}

function canMount(): boolean {
  const directory = temporaryDirectory();
  try {
    mountSmall(directory.path);
    execFileSync('umount', [directory.path]);
    return true;
  } catch {
    // Without root there is the limit on files.
    return false;
  } finally {
    directory.remove();
  }
}
