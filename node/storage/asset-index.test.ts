/** Assets of a ledger whose index was made before it named those that nobody was given. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { keyDigest, valueDigest } from '../../shared/crypto/sparse-merkle-tree.ts';
import { stateKeys } from '../ledger/state-keys.ts';
import { openAssetIndex } from './asset-index.ts';
import { openDatabase } from './database.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { openTerms } from './terms.ts';
import { temporaryDirectory } from './test-support.ts';

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
