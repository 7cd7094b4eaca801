/** A failing disk: named, fatal, and nothing is confirmed after it (rule D2). */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { heightOf } from '../../shared/types/brands.ts';
import { openDatabase } from './database.ts';
import { makeGroupCommit } from './group-commit.ts';
import { openExample, temporaryDirectory } from './test-support.ts';

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
    write('later', 10);
    await turn();
    expect(confirmed).toEqual(['fits']);
    expect(failures).toMatchObject([['disk-full', { file }]]);
    database.close();
    directory.remove();
  });

  it('is named by a real one too', async (context) => {
    const directory = temporaryDirectory();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory.path], { stdio: 'ignore' });
    } catch {
      directory.remove();
      context.skip('a small file system cannot be mounted here');
    }
    const failures: string[] = [];
    let confirmed = 0;
    const storage = openExample(directory.path, { fatal: (code) => failures.push(code) });
    const envelopes = [new Uint8Array(100_000)];
    const batch = { time: 0, proposer: '' as const, ids: [] };
    for (let count = 0; count < 100; count++) {
      const digest = count.toString(16).padStart(64, '0') as never;
      storage.votes.persist(
        [
          { kind: 'batch', digest, batch, envelopes },
          { kind: 'ordered', height: heightOf(count), batch: digest },
        ],
        () => confirmed++,
      );
      await turn();
    }
    expect(failures).toEqual(['disk-full']);
    expect(confirmed).toBeLessThan(100);
    storage.close();
    execFileSync('umount', [directory.path]);
    directory.remove();
  });
});
