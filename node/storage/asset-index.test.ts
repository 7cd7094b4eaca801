/** Assets of a ledger whose index was made before it named those that nobody was given. */
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, vi } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { keyDigest, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { startTime, transactionOf } from '../ledger/test-support.ts';
import { openAssetIndex } from './asset-index.ts';
import { openDatabase } from './database.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { openTerms } from './terms.ts';
import { exampleGenesis, openExample, runBlock, temporaryDirectory } from './test-support.ts';

it('a file of an older version names all that state defines, and nothing else', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, derivedFileName);
  const older = openDatabase(file, { ...derivedFormat, migrations: derivedFormat.migrations.slice(0, 3) });
  const value = encode(1);
  const insert = older.prepare('INSERT INTO state VALUES (?, ?, ?, ?)');
  const balance = stateKeys.balance('gold', 'a.b');
  for (const key of [stateKeys.asset('gold'), stateKeys.asset('z-1.5'), balance, 'assets/definitions'])
    insert.run(keyDigest(key), key, value, valueDigest(value));
  openTerms(older).intern('asset', 'gold');
  older.close();
  const database = openDatabase(file, derivedFormat);
  const index = openAssetIndex(database, openTerms(database));
  const listed = [index.list('', undefined, 10, true), index.list('z', undefined, 10, false)];
  database.close();
  directory.remove();
  expect(listed).toEqual([['gold', 'z-1.5'], ['z-1.5']]);
});

it('and those of blocks behind its last checkpoint, once', async () => {
  const [lived, killed] = [temporaryDirectory(), temporaryDirectory()];
  const storage = openExample(lived.path, { checkpointMs: 3_600_000, checkpointChanges: 1_000_000 });
  const define = (asset: string) => transactionOf(exampleGenesis, 'assets.define', { asset, decimals: 0 });
  await runBlock(storage, [define('gold')], startTime + 1);
  await runBlock(storage, [define('late')], startTime + 2);
  await vi.waitFor(() => expect(storage.queries.indexedHeight()).toBe(2), 20_000);
  for (const name of readdirSync(lived.path).filter((one) => one.includes('.db')))
    copyFileSync(join(lived.path, name), join(killed.path, name));
  storage.close();
  const older = new Database(join(killed.path, derivedFileName));
  expect(older.prepare('SELECT height FROM checkpoint').pluck().get()).toBe(0);
  older.exec(
    "DELETE FROM terms WHERE kind = 'asset'; DROP TABLE assets_named_to; DROP TABLE event_runs; DROP TABLE event_ids; ALTER TABLE stream_chunks DROP COLUMN last_height",
  );
  older.pragma('user_version = 3');
  older.close();
  const reopened = openExample(killed.path);
  const { rows } = reopened.queries.assets('', { limit: 10, ascending: true });
  reopened.close();
  const after = new Database(join(killed.path, derivedFileName), { readonly: true });
  const left = after.prepare('SELECT count(*) FROM assets_named_to').pluck().get();
  after.close();
  for (const { remove } of [lived, killed]) remove();
  expect([rows, left]).toEqual([['gold', 'late'], 0]);
}, 60_000);
