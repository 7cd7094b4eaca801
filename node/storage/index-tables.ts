/** Tables of the index. `number` counts the transactions that ran, `position` the stream events, from 0. */
export const indexTables = `
  CREATE TABLE index_progress (only INTEGER PRIMARY KEY CHECK (only = 1), height INTEGER NOT NULL,
    hash BLOB NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE block_index (height INTEGER PRIMARY KEY, time INTEGER NOT NULL, first INTEGER NOT NULL,
    position INTEGER NOT NULL, counts BLOB NOT NULL, crc INTEGER NOT NULL);
  CREATE TABLE history_nodes (level INTEGER, place INTEGER, hash BLOB NOT NULL,
    PRIMARY KEY (level, place)) WITHOUT ROWID;
  CREATE TABLE lookups (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID;
  CREATE TABLE lookup_progress (only INTEGER PRIMARY KEY CHECK (only = 1), height INTEGER NOT NULL);
  CREATE TABLE terms (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (kind, text));
  CREATE TABLE postings (term INTEGER, first INTEGER, numbers BLOB NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (term, first)) WITHOUT ROWID;
  CREATE TABLE streams (name TEXT PRIMARY KEY, term INTEGER NOT NULL, length INTEGER NOT NULL,
    first_height INTEGER NOT NULL, last_height INTEGER NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE stream_chunks (term INTEGER, revision INTEGER, places BLOB NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (term, revision)) WITHOUT ROWID;
  CREATE TABLE balances (asset INTEGER, identity INTEGER, amount TEXT NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (asset, identity)) WITHOUT ROWID;
  CREATE TABLE balance_history (asset INTEGER, identity INTEGER, height INTEGER, amount TEXT NOT NULL,
    crc INTEGER NOT NULL, PRIMARY KEY (asset, identity, height)) WITHOUT ROWID;
  CREATE TABLE analytics (term INTEGER, unit_ms INTEGER, start INTEGER, count INTEGER NOT NULL,
    failed INTEGER NOT NULL, bytes INTEGER NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (term, unit_ms, start)) WITHOUT ROWID;
  CREATE TABLE analytics_terms (kind TEXT, term INTEGER, PRIMARY KEY (kind, term)) WITHOUT ROWID;`;
