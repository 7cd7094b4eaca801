/**
 * State as the last checkpoint left it, beside a ledger that is too damaged for a start: older than the ledger, and
 * good enough to know who the others are, where they are, and who signed in which epoch.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Height } from '../../shared/types/brands.ts';
import type { StateView } from '../ledger/types.ts';
import { type Database, openDatabase } from './database.ts';
import { derivedFileName, derivedFormat } from './derived-file.ts';
import { naming, StorageError } from './errors.ts';
import { stateRows } from './state-rows.ts';

export interface SavedState extends StateView {
  /** After the block of this height. */
  readonly height: Height;
  close(): void;
}

/** The directory must be locked. @returns why there is none to be read, where that is so */
export function openSavedState(directory: string): SavedState | StorageError | undefined {
  const file = join(directory, derivedFileName);
  if (!existsSync(file)) return undefined;
  try {
    return readSaved(openDatabase(file, derivedFormat), file);
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}

function readSaved(database: Database, file: string): SavedState | undefined {
  try {
    const { checkpoint, get } = stateRows(database, file);
    const height = naming(file, checkpoint)?.height;
    if (height !== undefined) return { height, get, close: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return undefined;
}
