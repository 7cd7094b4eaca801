/**
 * One process per data directory. The lock is SQLite's exclusive file lock on an empty database: the kernel
 * drops it with the process, whatever ends that, so a SIGKILL leaves nothing to clean up.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { namedError, StorageError } from './errors.ts';

export const lockFileName = 'lock.db';

/**
 * Takes the lock; the returned function gives it back.
 * @throws StorageError `directory-locked` if a process, this one included, holds it.
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, lockFileName);
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const named = namedError(error, file);
    if (named instanceof StorageError && named.code === 'directory-locked')
      throw new StorageError('directory-locked', { directory }, { cause: error });
    throw named;
  }
  const held = database;
  return () => held.close();
}
