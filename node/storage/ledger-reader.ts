/**
 * A data directory read without a node: of a stopped or killed one, of a running one, or a copy, on a disk that
 * may be read-only. Nothing in the directory is changed. What is damaged throws when it is reached.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { type Epoch, type Height, heightOf } from '../../shared/types/brands.ts';
import type { ValidatorSet } from '../../shared/types/ledger.ts';
import type { ExecutedTransaction } from '../ledger/types.ts';
import type { AcceptedRecovery } from '../runtime/recoveries.ts';
import { checkVersion, type Database } from './database.ts';
import { damaged, namedError, naming, StorageError } from './errors.ts';
import { executedFrom } from './index-block.ts';
import {
  type BlockRow,
  type GenesisRow,
  type LedgerRows,
  ledgerFileName,
  ledgerFormat,
  ledgerRows,
} from './ledger-file.ts';

import { openSnapshot, type SnapshotFile, snapshotsDirectoryName } from './snapshot-files.ts';

/** A stored block with all that was decided in it. */
export interface ReadBlock extends BlockRow {
  /** One envelope for each id of the batch, in order. */
  readonly envelopes: readonly Uint8Array[];
  /** Those that ran, with outcomes and events, in order. */
  readonly transactions: readonly ExecutedTransaction[];
}

export interface LedgerReader {
  /** Events and validators of genesis, and its block. */
  readonly genesis: GenesisRow & { readonly block: BlockRow };
  readonly tip: Height;
  /** From here up to the tip all bodies are here; 1 if nothing was pruned. */
  readonly bodiesFrom: Height;
  /** Recoveries that were accepted here, ascending by epoch. */
  readonly recoveries: readonly AcceptedRecovery[];
  /** The newest whole snapshot beside the ledger; needed only where bodies are missing. */
  snapshot(): SnapshotFile | undefined;
  /** The set of an epoch as it is kept beside the block that hands over to it. @throws StorageError `data-damaged` */
  setOf(epoch: Epoch): ValidatorSet | undefined;
  /** Header and certificate, with or without a body. Throws like `block`. */
  row(height: Height): BlockRow;
  /** @throws StorageError `data-damaged`; `not-in-ledger` above the tip and for genesis; `pruned` without body. */
  block(height: Height): ReadBlock;
  /** Ascending, without genesis; `from` is 1 if absent. Throws like `block` at the first damaged one. */
  blocks(from?: Height): IterableIterator<ReadBlock>;
  close(): void;
}

/** @throws StorageError `ledger-missing`, `schema-too-new`, `data-damaged`, `file-unopenable`. */
export function openLedgerReader(directory: string): LedgerReader {
  const file = join(directory, ledgerFileName);
  if (!existsSync(file)) throw new StorageError('ledger-missing', { directory });
  const opened = openWithoutChange(file);
  try {
    return makeReader(opened.database, directory, opened.close);
  } catch (error) {
    opened.close();
    throw namedError(error, file);
  }
}

function makeReader(database: Database, directory: string, close: () => void): LedgerReader {
  const file = join(directory, ledgerFileName);
  checkVersion(database, file, ledgerFormat.migrations.length);
  const rows = ledgerRows(database, file);
  const { bodiesFrom } = rows.base();
  const genesisBlock = rows.block(heightOf(0));
  const tip = rows.tipHeight();
  if (genesisBlock === undefined || tip === undefined) throw damaged(file, 'blocks', 0);

  function block(height: Height): ReadBlock {
    if (height < 1 || height > tip!) throw new StorageError('not-in-ledger', { height, tip: tip! });
    return readBlock(rows, height, file);
  }

  function row(height: Height): BlockRow {
    const found = rows.block(height);
    if (found === undefined) throw damaged(file, 'blocks', height);
    return found;
  }

  function* blocks(from: Height = heightOf(1)): IterableIterator<ReadBlock> {
    for (let height: number = from; height <= tip!; height++) yield block(heightOf(height));
  }

  return {
    genesis: { ...rows.genesis(), block: genesisBlock },
    tip,
    bodiesFrom,
    recoveries: rows.recoveries(),
    snapshot: () => newestWhole(directory),
    setOf: rows.epochs.setOf,
    row,
    block,
    blocks,
    close,
  };
}

function newestWhole(directory: string): SnapshotFile | undefined {
  const folder = join(directory, snapshotsDirectoryName);
  if (!existsSync(folder)) return undefined;
  const heights = readdirSync(folder)
    .filter((name) => name.endsWith('.index'))
    .map((name) => Number.parseInt(name, 10));
  let damage: unknown;
  for (const height of heights.sort((one, other) => other - one)) {
    try {
      const file = openSnapshot(folder, heightOf(height));
      if (file.isWhole) return file;
      file.close();
    } catch (error) {
      // A newer one need not be whole, and the node may just have removed an older one: only without any it matters.
      damage ??= error;
    }
  }
  if (damage !== undefined) throw damage;
  return undefined;
}

function readBlock(rows: LedgerRows, height: Height, file: string): ReadBlock {
  const row = rows.block(height);
  if (row === undefined) throw damaged(file, 'blocks', height);
  const envelopes = rows.envelopes(row);
  return { ...row, envelopes, transactions: rows.entries(row.first, row.ran).map(executedFrom) };
}

interface Opened {
  readonly database: Database;
  close(): void;
}

/** A write-ahead log cannot be read where its index may not be written: then a copy is read. */
function openWithoutChange(file: string): Opened {
  try {
    return openReadonly(file);
  } catch (error) {
    const named = namedError(error, file);
    const codes: readonly string[] = ['file-unopenable', 'disk-read-only', 'disk-error'];
    if (!(named instanceof StorageError) || !codes.includes(named.code)) throw named;
  }
  return openCopy(file);
}

function openReadonly(file: string): Opened {
  const database = new SqliteDatabase(file, { readonly: true, timeout: 5_000 });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return { database, close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openCopy(file: string): Opened {
  const directory = mkdtempSync(join(tmpdir(), 'concordat-read-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const copy = join(directory, ledgerFileName);
    for (const ending of ['', '-wal'])
      if (existsSync(file + ending)) copyFileSync(file + ending, copy + ending);
    const database = naming(file, () => new SqliteDatabase(copy));
    return {
      database,
      close: () => {
        database.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
