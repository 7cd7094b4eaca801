/**
 * `derived.db`: what can be derived from `ledger.db` again: state at a checkpoint, and the index. It may lag
 * and may lose its last commits, never their order; it records its heights (rule D1).
 */
import { stateKeys } from '../ledger/state-keys.ts';
import type { FileFormat } from './database.ts';
import { indexTables } from './index-tables.ts';

export const derivedFileName = 'derived.db';

const stateTables = `
  CREATE TABLE state (key_digest BLOB PRIMARY KEY, key TEXT NOT NULL, value BLOB NOT NULL,
    value_digest BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE bound (key TEXT PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE checkpoint (only INTEGER PRIMARY KEY CHECK (only = 1), height INTEGER NOT NULL,
    hash BLOB NOT NULL, state BLOB NOT NULL, history BLOB NOT NULL, row_check BLOB NOT NULL);`;

const layerTable =
  'CREATE TABLE tree_layer (page INTEGER PRIMARY KEY, nodes BLOB NOT NULL, crc INTEGER NOT NULL);';

/** Entries of pairs are found by their pages. */
const withoutPairs =
  "DELETE FROM bound WHERE key >= 'bound/pairs/by-nonce/' AND key < 'bound/pairs/by-nonce0';";

const assetPrefix = stateKeys.asset('');

/** The index names every asset, and not only those that somebody was given some of. */
const allAssets = `INSERT OR IGNORE INTO terms (kind, text)
  SELECT 'asset', substr(key, ${assetPrefix.length + 1}) FROM state
  WHERE key > '${assetPrefix}' AND key < '${assetPrefix}\u{10ffff}';`;

/** With it a stream's row need not be written again whenever the stream grows. */
const chunkHeights = 'ALTER TABLE stream_chunks ADD COLUMN last_height INTEGER;';

/** State here is that of the checkpoint: what was defined behind it stands in blocks that are indexed (asset-index.ts). */
const assetsBehindCheckpoint = `
  CREATE TABLE assets_named_to (only INTEGER PRIMARY KEY CHECK (only = 1), height INTEGER NOT NULL);
  INSERT INTO assets_named_to SELECT 1, height FROM checkpoint;`;

/** Events of streams leave `bound`, when the file is opened, for runs in the order of their revisions (event-runs.ts). */
const eventRuns = `
  CREATE TABLE event_runs (stream TEXT NOT NULL, revision INTEGER NOT NULL, start BLOB NOT NULL,
    entries BLOB NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (stream, revision));
  CREATE TABLE event_ids (hash INTEGER PRIMARY KEY, revision INTEGER NOT NULL, crc INTEGER NOT NULL);`;

export const derivedFormat: FileFormat = {
  migrations: [
    stateTables + indexTables,
    layerTable,
    withoutPairs,
    allAssets,
    chunkHeights,
    allAssets + assetsBehindCheckpoint,
    eventRuns,
  ],
  synchronous: 'NORMAL',
  pageBytes: 4_096,
  cacheKibibytes: 65_536,
};
