import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { copyStores, flipByte, removeStores, truncateWal } from './stores.ts';

let directory: string;
const bytesOf = (name: string): Buffer => readFileSync(join(directory, name));

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'concordat-stores-'));
  for (const name of ['ledger.db', 'votes.db-wal', 'votes.db-shm', 'log'])
    writeFileSync(join(directory, name), Buffer.alloc(100, name));
});
afterEach(() => rmSync(directory, { recursive: true }));

it('copies and removes databases and write-ahead logs, nothing else that counts', () => {
  const copy = join(directory, 'copy');
  copyStores(directory, copy);
  expect(readdirSync(copy).sort()).toEqual(['ledger.db', 'votes.db-wal']);
  removeStores(directory);
  expect(readdirSync(directory).sort()).toEqual(['copy', 'log']);
});

it('changes exactly one byte of one file, and says which', () => {
  const before = { 'ledger.db': bytesOf('ledger.db'), 'votes.db-wal': bytesOf('votes.db-wal') };
  const where = flipByte(directory, createRandom(7));
  const changed = Object.entries(before).flatMap(([name, bytes]) =>
    [...bytes].flatMap((byte, at) => (bytesOf(name)[at] === byte ? [] : [`${name} at ${at}`])),
  );
  expect(changed).toEqual([where]);
});

it('cuts a write-ahead log short', () => {
  expect(truncateWal(directory, createRandom(1))).toMatch(/^votes\.db-wal from 100 to [0-9]+ bytes$/);
  expect(bytesOf('votes.db-wal').length).toBeLessThan(100);
  expect(bytesOf('ledger.db')).toHaveLength(100);
});
