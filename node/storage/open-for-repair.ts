/** `ledger.db` alone, when it is too damaged for a node to start: read whole, and put right row by row. */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Height, heightOf } from '../../shared/types/brands.ts';
import type { RepairPort } from '../runtime/ports.ts';
import { openDatabase } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import type { StorageError } from './errors.ts';
import type { Fatal } from './group-commit.ts';
import { ledgerFileName, ledgerFormat, ledgerRows } from './ledger-file.ts';
import { damageBook, ledgerRepair } from './ledger-repair.ts';
import { openSavedState, type SavedState } from './saved-state.ts';

export interface RepairStorage {
  readonly repair: RepairPort;
  /** Of the last checkpoint; or why it cannot be read; undefined on a fresh directory. */
  readonly state: SavedState | StorageError | undefined;
  /** Meets everything that is damaged. Told now and then how far it is. */
  inspectAll(progress: (height: Height, tip: Height) => void): Promise<void>;
  close(): void;
}

const transactionsPerTurn = 2_000;
const turnsPerLine = 50;

/** @throws StorageError `directory-locked`, or what makes the file as a whole unreadable. */
export function openForRepair(directory: string): RepairStorage {
  const opened = [lockDirectory(directory)];
  const close = (): void => {
    for (const end of opened.splice(0).reverse()) end();
  };
  try {
    const file = join(directory, ledgerFileName);
    const database = openDatabase(file, ledgerFormat);
    opened.push(() => database.close());
    const book = damageBook();
    const rows = ledgerRows(database, file, book.found);
    const fatal: Fatal = (code, facts) => {
      throw new Error(`${file}: ${code} ${JSON.stringify(facts)}`);
    };
    const repair = ledgerRepair({ database, file, rows, book, fatal, flush: () => undefined });
    const tip = rows.tipHeight() ?? heightOf(0);
    const state = openSavedState(directory);
    if (state !== undefined && 'close' in state) opened.push(state.close);
    return { repair, state, close, inspectAll: (progress) => inspectAll(tip, repair, progress) };
  } catch (error) {
    close();
    throw error;
  }
}

async function inspectAll(
  tip: Height,
  repair: RepairPort,
  progress: (height: Height, tip: Height) => void,
): Promise<void> {
  let turns = 0;
  for (let next: Height | undefined = heightOf(1); next !== undefined; turns += 1) {
    if (turns % turnsPerLine === turnsPerLine - 1) progress(next, tip);
    next = repair.inspect(next, transactionsPerTurn);
    await setImmediate();
  }
}
