/** Opening one SQLite file of the data directory: pragmas, schema version, migrations. */
import Database from 'better-sqlite3';
import { fileErrorOf, naming, StorageError } from './errors.ts';
import { syncPath } from './sync-path.ts';

export type { Database } from 'better-sqlite3';

export interface FileFormat {
  /** Each entry lifts the schema by one version; PRAGMA user_version counts those that ran. */
  readonly migrations: readonly string[];
  /** FULL where a lost commit is a broken promise; NORMAL where the content can be derived again. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly pageBytes: number;
  readonly cacheKibibytes: number;
}

/**
 * Opens a file, creating or migrating it.
 * @throws StorageError `schema-too-new`, or what SQLite reports, by name.
 */
export function openDatabase(file: string, format: FileFormat): Database.Database {
  return naming(file, () => {
    const database = new Database(file, { timeout: 0 });
    try {
      configure(database, format);
      migrate(database, file, format.migrations);
      if (format.synchronous === 'FULL') makeDurable(database, file);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

function configure(database: Database.Database, format: FileFormat): void {
  database.pragma(`page_size = ${format.pageBytes}`);
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${format.synchronous}`);
  database.pragma(`cache_size = -${format.cacheKibibytes}`);
  // SQLite swallows errors of automatic checkpoints; where promises are kept none may be (rule D2): see `moveWal`.
  database.pragma(`wal_autocheckpoint = ${format.synchronous === 'FULL' ? 0 : 10_000}`);
}

function migrate(database: Database.Database, file: string, migrations: readonly string[]): void {
  const version = checkVersion(database, file, migrations.length);
  if (version === migrations.length) return;
  database.transaction(() => {
    for (const step of migrations.slice(version)) database.exec(step);
    database.pragma(`user_version = ${migrations.length}`);
  })();
}

/**
 * A process that was killed while it committed may have left frames in the log that never reached the disk, and yet
 * are read as committed. Before anyone acts on them (rule D1) the log is synced and moved into the file. While somebody
 * else reads the file, such as a copy of it, SQLite may do neither: then the log is synced where it is.
 * @param sync fsync of a file
 */
export function makeDurable(database: Database.Database, file: string, sync = syncPath): void {
  if (moveWal(database, 'TRUNCATE')) return;
  const log = `${file}-wal`;
  try {
    sync(log);
  } catch (error) {
    throw fileErrorOf(error, log);
  }
}

/** @returns the version that the file has. */
export function checkVersion(database: Database.Database, file: string, known: number): number {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > known) throw new StorageError('schema-too-new', { file, version, known });
  return version;
}

/**
 * Syncs the write-ahead log and moves it into the file. Throws what an automatic checkpoint would hide.
 * @returns whether all of it was moved: a reader elsewhere may be in the way
 */
export function moveWal(database: Database.Database, mode: 'PASSIVE' | 'TRUNCATE' = 'PASSIVE'): boolean {
  const [result] = database.pragma(`wal_checkpoint(${mode})`) as readonly { readonly busy: number }[];
  return result?.busy === 0;
}
