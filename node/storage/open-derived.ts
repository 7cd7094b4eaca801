/** Opens `derived.db`; what is damaged there, or of another ledger, is named in the log and derived again. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPort } from '../runtime/ports.ts';
import { type Database, openDatabase } from './database.ts';
import { requireNoDamage } from './derived-damage.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { damaged, naming, StorageError } from './errors.ts';
import type { Fatal } from './group-commit.ts';
import { type Indexer, openIndexer } from './indexer.ts';
import type { LedgerRows } from './ledger-file.ts';
import { dropJoinTables } from './snapshot-intake.ts';
import { type GenesisState, openStateStore, type SnapshotTaker, type StateStore } from './state-store.ts';

export interface Derived {
  readonly database: Database;
  readonly state: StateStore;
  readonly indexer: Indexer;
}

export interface DerivedOptions {
  readonly rows: LedgerRows;
  readonly genesis: GenesisState;
  readonly log: LogPort;
  readonly fatal: Fatal;
  readonly checkpointChanges: number;
  readonly checkpointMs: number;
  readonly snapshots: SnapshotTaker;
  /** Makes the file where the blocks alone do not suffice. */
  readonly restore: () => void;
}

export function openDerived(directory: string, options: DerivedOptions): Derived {
  const file = join(directory, derivedFileName);
  if (!existsSync(file)) options.restore();
  try {
    return openOnce(file, options);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'data-damaged' || error.facts.file !== file)
      throw error;
    options.log.write('error', error.code, { ...error.facts, action: 'derived again from the ledger' });
    for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
    options.restore();
    return openOnce(file, options);
  }
}

function openOnce(file: string, options: DerivedOptions): Derived {
  const { rows } = options;
  const database = openDatabase(file, derivedFormat);
  try {
    return naming(file, () => {
      requireNoDamage(database, file);
      dropJoinTables(database);
      const state = openStateStore({ ...options, database, file });
      requireSameLedger(state, rows, file);
      return { database, state, indexer: openIndexer({ ...options, database, file }) };
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * A ledger that was put back to an older copy lacks what was derived from the newer one; state that was put back, or
 * lost its last commits, may lie below the bodies that are here.
 */
function requireSameLedger(state: StateStore, rows: LedgerRows, file: string): void {
  const { height, hash } = state.certifiedState();
  const leadsOn = height + 1 >= rows.base().bodiesFrom;
  if (!leadsOn || rows.block(height)?.hash !== hash) throw damaged(file, 'checkpoint', height);
}
