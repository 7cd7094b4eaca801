import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { heightOf } from '../../shared/types/brands.ts';
import type { LedgerEvent } from '../../shared/types/ledger.ts';
import { appendOf, startTime, transactionOf } from '../ledger/test-support.ts';
import { decodeBlockEvents, encodeBlockEvents, noBlockEvents } from './block-events.ts';
import { ledgerFileName } from './ledger-file.ts';
import { openLedgerReader } from './ledger-reader.ts';
import {
  certify,
  exampleGenesis,
  executeOn,
  openExample,
  runBlock,
  temporaryDirectory,
} from './test-support.ts';

const directories: (() => void)[] = [];
afterEach(() => {
  for (const remove of directories.splice(0)) remove();
});
function directory(): string {
  const { path, remove } = temporaryDirectory();
  directories.push(remove);
  return path;
}

const opening: readonly LedgerEvent[] = [{ type: 'activation.lapsed', data: { number: 3 } }];
const closing: readonly LedgerEvent[] = [
  { type: 'activation.activated', data: { number: 4, key: new Uint8Array(32) } },
];
const one = () => [transactionOf(exampleGenesis, 'streams.append', appendOf('s', 'a'))];

/** A ledger of one block that closed with an event, of which the file is left. */
async function ledgerWithEvents(): Promise<string> {
  const path = directory();
  const storage = openExample(path);
  const transactions = one();
  const block = { ...executeOn(storage, transactions, startTime), opening, closing };
  await certify(storage, block, transactions, startTime);
  storage.close();
  return path;
}

function changeFile(path: string, sql: string): void {
  const database = new SqliteDatabase(join(path, ledgerFileName));
  database.exec(sql);
  database.close();
}

function readBlock(path: string) {
  const reader = openLedgerReader(path);
  try {
    return reader.block(heightOf(1));
  } finally {
    reader.close();
  }
}

describe('events of no transaction', () => {
  it('need no bytes if there are none, and come back as they were', () => {
    expect(encodeBlockEvents(noBlockEvents)).toHaveLength(0);
    expect(decodeBlockEvents(new Uint8Array(0))).toEqual(noBlockEvents);
    for (const events of [
      { opening, closing },
      { opening, closing: [] },
    ])
      expect(decodeBlockEvents(encodeBlockEvents(events))).toEqual(events);
    expect(() => decodeBlockEvents(new Uint8Array([0xa0]))).toThrow('missing-key');
  });

  it('are kept beside their block, and what is damaged of them is never served', async () => {
    const path = await ledgerWithEvents();
    expect(readBlock(path)).toMatchObject({ opening, closing });
    changeFile(path, "UPDATE blocks SET events = x'' WHERE height = 1");
    expect(() => readBlock(path)).toThrow('Stored data is damaged');
  });

  it('are none in a file of an older version, which is read as it is and migrated when it is opened', async () => {
    const path = directory();
    const storage = openExample(path);
    const { hash } = await runBlock(storage, one(), startTime);
    storage.close();
    changeFile(
      path,
      `ALTER TABLE blocks DROP COLUMN events; DROP TABLE epochs; DROP TABLE recoveries;
       PRAGMA user_version = 2`,
    );
    expect(readBlock(path)).toMatchObject({ hash, ...noBlockEvents });
    const again = openExample(path);
    expect(again.blocks.tip()).toMatchObject({ height: 1, hash });
    await runBlock(
      again,
      [transactionOf(exampleGenesis, 'streams.append', appendOf('s', 'b'))],
      startTime + 1,
    );
    expect(again.blocks.read(heightOf(2))?.envelopes).toHaveLength(1);
    again.close();
  });
});
