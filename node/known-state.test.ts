/** Whom a node looks for before a start that its damaged ledger makes impossible. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../shared/codec/hex.ts';
import { heightOf } from '../shared/types/brands.ts';
import { addressBookOf } from './address-book.ts';
import { knownState } from './known-state.ts';
import { consortiumDocument, createConsortium, possessionOf } from './ledger/epoch-test-support.ts';
import { keyOf, startTime } from './ledger/test-support.ts';
import { StorageError } from './storage/errors.ts';
import { openForRepair } from './storage/open-for-repair.ts';
import type { SavedState } from './storage/saved-state.ts';
import {
  collectingLog,
  exampleGenesis,
  openExample,
  runBlock,
  type TemporaryDirectory,
  temporaryDirectory,
} from './storage/test-support.ts';

/** Since genesis v2 got another node key and another address. */
function moved() {
  const net = createConsortium(consortiumDocument(4));
  const key = keyOf('v2 second node');
  const possession = possessionOf(net.genesis.network, { key, kind: 'node', owner: 'v2' });
  net.block([
    net.decide([
      { kind: 'validators.replace-node-key', args: { id: 'v2', key: fromHex(key), possession } },
      { kind: 'validators.set-address', args: { id: 'v2', address: 'wss://127.0.0.1:7999' } },
    ]),
  ]);
  const saved: SavedState = { height: heightOf(1), get: net.view.get, close: () => undefined };
  return { net, key, saved };
}

describe('state of the last checkpoint', () => {
  it('says who the others are since genesis, under which keys and where', () => {
    const { net, key, saved } = moved();
    const { state, height } = knownState({ state: saved }, net.genesis, collectingLog());
    const entry = addressBookOf(state, startTime).find(({ id }) => id === 'v2');
    expect(entry).toMatchObject({ address: 'wss://127.0.0.1:7999', nodeKeys: [key, keyOf('v2 node')] });
    expect(height).toBe(1);
  });

  it('where it is damaged or cannot be opened gives way to genesis, which is said', () => {
    const { net, saved } = moved();
    const damaged = new StorageError('data-damaged', { file: 'derived.db', table: 'state', key: 'x' });
    const unreadable: SavedState = {
      ...saved,
      get: (key) => {
        if (key.startsWith('network/validators/')) throw damaged;
        return saved.get(key);
      },
    };
    for (const state of [unreadable, { ...saved, get: () => undefined }, damaged]) {
      const log = collectingLog();
      const known = knownState({ state }, net.genesis, log);
      const entry = addressBookOf(known.state, startTime).find(({ id }) => id === 'v2');
      expect(entry).toMatchObject({ address: 'wss://127.0.0.1:7102', nodeKeys: [keyOf('v2 node')] });
      expect([known.height, log.lines.map(({ code }) => code)]).toEqual([0, ['saved-state-unreadable']]);
    }
  });

  it('of which something else is damaged knows less of that, and the rest', () => {
    const { net, saved } = moved();
    const get = (key: string) => {
      if (key.startsWith('identities/')) throw new StorageError('data-damaged', {});
      return saved.get(key);
    };
    const { state } = knownState({ state: { ...saved, get } }, net.genesis, collectingLog());
    expect(state.get('identities/by-id/m1.admin')).toBeUndefined();
    expect(state.get('epochs/0')).toBeDefined();
  });
});

describe('beside a damaged ledger', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => directory.remove());

  function stateIn() {
    const storage = openForRepair(directory.path);
    const { state } = storage;
    const known = knownState(storage, exampleGenesis, collectingLog());
    const validators = addressBookOf(known.state, startTime).length;
    storage.close();
    return { state, validators, height: known.height };
  }

  it('it is read from the file of derived data, if that is there and whole', async () => {
    const storage = openExample(directory.path);
    for (const later of [1, 2]) await runBlock(storage, [], startTime + later);
    storage.close();
    expect(stateIn()).toMatchObject({ validators: 4, height: 2 });
    const database = new SqliteDatabase(join(directory.path, 'derived.db'));
    database.exec('UPDATE checkpoint SET height = 1');
    database.close();
    expect(stateIn()).toMatchObject({ state: { code: 'data-damaged' }, validators: 4, height: 0 });
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(directory.path, `derived.db${ending}`), { force: true });
    expect(stateIn()).toEqual({ state: undefined, validators: 4, height: 0 });
  });
});
