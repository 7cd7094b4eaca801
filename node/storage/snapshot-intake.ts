/**
 * `joining.db`: the proven parts of a snapshot that this node takes in, kept across restarts. It has the tables of
 * `derived.db`, whose place it takes when all is there, and some of its own, which leave then.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../shared/codec/hex.ts';
import {
  decodeCertificate,
  decodeHeader,
  decodeValidatorSet,
  encodeCertificate,
  encodeValidatorSet,
  headerHash,
} from '../../shared/codec/ledger.ts';
import { appendLeaf } from '../../shared/crypto/merkle.ts';
import type { Digest, Height } from '../../shared/types/brands.ts';
import type { Certificate } from '../../shared/types/ledger.ts';
import { decodeManifest, manifestDigest, type SnapshotManifest } from '../ledger/snapshot-manifest.ts';
import type { ProvenPart } from '../ledger/snapshot-piece.ts';
import type { CertifiedHeader, HandOver, SnapshotIntake } from '../runtime/ports.ts';
import { type Database, moveWal, openDatabase } from './database.ts';
import { derivedFormat } from './derived-file.ts';
import { damaged, naming } from './errors.ts';
import { eventRuns } from './event-runs.ts';
import { hasUnmovedEvents } from './move-events.ts';
import { checkHolds, plainBytes, rowCheck } from './row-check.ts';
import { stateRows } from './state-rows.ts';

const joiningFileName = 'joining.db';
export const joiningFileOf = (directory: string): string => join(directory, joiningFileName);

/** They go when the file is `derived.db`: until then a kill must find them, so that it is taken over again. */
const ownTables = `
  CREATE TABLE IF NOT EXISTS join_manifest (only INTEGER PRIMARY KEY CHECK (only = 1),
    manifest BLOB NOT NULL, certificate BLOB NOT NULL, complete INTEGER NOT NULL, row_check BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS join_done (kind TEXT, number INTEGER, PRIMARY KEY (kind, number)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS join_headers (height INTEGER PRIMARY KEY, header BLOB NOT NULL,
    certificate BLOB NOT NULL, validators BLOB NOT NULL, row_check BLOB NOT NULL);`;
const noBytes = new Uint8Array(0);
const dropOwnTables =
  'DROP TABLE IF EXISTS join_manifest; DROP TABLE IF EXISTS join_done; DROP TABLE IF EXISTS join_headers;';

/** Of `derived.db` when it is opened. */
export const dropJoinTables = (database: Database): void => void database.exec(dropOwnTables);

export interface OpenIntake extends SnapshotIntake {
  readonly isComplete: boolean;
  readonly database: Database;
  /** Ascending. @throws StorageError `data-damaged` */
  headers(): IterableIterator<CertifiedHeader & { readonly height: Height }>;
  /** Makes the file one that is ready to become `derived.db`, and closes it. */
  seal(): void;
  close(): void;
}

interface HeaderRow {
  readonly height: number;
  readonly header: Buffer;
  readonly certificate: Buffer;
  /** Empty unless the header hands over. */
  readonly validators: Buffer;
  readonly row_check: Buffer;
}

interface ManifestRow {
  readonly manifest: Buffer;
  readonly certificate: Buffer;
  readonly complete: number;
  readonly row_check: Buffer;
}

/** What a kill interrupted, or a finished one; undefined if there is none, or none that can be trusted. */
export function openIntake(directory: string): OpenIntake | undefined {
  const file = joiningFileOf(directory);
  if (!existsSync(file)) return undefined;
  const database = openDatabase(file, derivedFormat);
  try {
    database.exec(ownTables);
    const row = database.prepare<[], ManifestRow>('SELECT * FROM join_manifest').get();
    if (row === undefined) throw damaged(file, 'join_manifest', 1);
    const { manifest, certificate, complete, row_check } = row;
    // An older version began it: some streams would be in two places. If it is whole, its events are moved later.
    if (complete !== 1 && hasUnmovedEvents(database)) throw damaged(file, 'bound', 'events');
    if (!checkHolds(row_check, 'join_manifest', complete, manifest, certificate))
      throw damaged(file, 'join_manifest', 1);
    return intakeOf(database, file, plainBytes(manifest), plainBytes(certificate), complete === 1);
  } catch (error) {
    database.close();
    throw error;
  }
}

export function beginIntake(directory: string, manifest: Uint8Array, certificate: Certificate): OpenIntake {
  discardIntake(directory);
  const file = joiningFileOf(directory);
  const database = openDatabase(file, derivedFormat);
  const bytes = encodeCertificate(certificate);
  database.exec(ownTables);
  putManifest(database, manifest, bytes, false);
  return intakeOf(database, file, manifest, bytes, false);
}

export function discardIntake(directory: string): void {
  const file = joiningFileOf(directory);
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
}

function putManifest(
  database: Database,
  manifest: Uint8Array,
  certificate: Uint8Array,
  isComplete: boolean,
): void {
  const complete = isComplete ? 1 : 0;
  const check = rowCheck('join_manifest', complete, manifest, certificate);
  database
    .prepare('INSERT OR REPLACE INTO join_manifest VALUES (1, ?, ?, ?, ?)')
    .run(manifest, certificate, complete, check);
}

function intakeOf(
  database: Database,
  file: string,
  manifestBytes: Uint8Array,
  certificateBytes: Uint8Array,
  isComplete: boolean,
): OpenIntake {
  const manifest: SnapshotManifest = decodeManifest(manifestBytes);
  const rows = stateRows(database, file);
  const done = new Set(
    database
      .prepare<[], { kind: string; number: number }>('SELECT kind, number FROM join_done')
      .all()
      .map(({ kind, number }) => `${kind}/${number}`),
  );
  const insertDone = database.prepare('INSERT OR IGNORE INTO join_done VALUES (?, ?)');
  const insertHeader = database.prepare('INSERT OR REPLACE INTO join_headers VALUES (?, ?, ?, ?, ?)');
  const selectHeaders = database.prepare<[], HeaderRow>('SELECT * FROM join_headers ORDER BY height');
  const selectHandOvers = database.prepare<[], HeaderRow>(
    'SELECT * FROM join_headers WHERE length(validators) > 0 ORDER BY height',
  );

  const putHeaders = database.transaction((headers: readonly CertifiedHeader[]) => {
    for (const { header, certificate, nextValidators } of headers) {
      const bytes = encodeCertificate(certificate);
      const set = nextValidators === undefined ? noBytes : encodeValidatorSet(nextValidators);
      const check = rowCheck('join_headers', certificate.height, header, bytes, set);
      insertHeader.run(certificate.height, header, bytes, set, check);
    }
  });
  const runs = eventRuns(database, file);
  const putState = database.transaction((entries: readonly (readonly [string, Uint8Array])[]) =>
    rows.put(new Map(entries)),
  );
  const putPart = database.transaction(({ rows: entries, events }: ProvenPart) => {
    rows.put(new Map(entries));
    for (const run of events) runs.put(run);
  });

  function* checked(
    rowsOfHeaders: Iterable<HeaderRow>,
  ): IterableIterator<CertifiedHeader & { readonly height: Height }> {
    for (const { height, header, certificate, validators, row_check } of rowsOfHeaders) {
      if (!checkHolds(row_check, 'join_headers', height, header, certificate, validators))
        throw damaged(file, 'join_headers', height);
      const decoded = decodeCertificate(plainBytes(certificate));
      yield {
        height: height as Height,
        header: plainBytes(header),
        certificate: decoded,
        ...(validators.length > 0 && { nextValidators: decodeValidatorSet(plainBytes(validators)) }),
      };
    }
  }

  /** Few: each ends an epoch. */
  function handOvers(): HandOver[] {
    return [...checked(selectHandOvers.all())].map(({ header, nextValidators = [] }) => ({
      header: decodeHeader(header),
      nextValidators,
    }));
  }

  function finish(): void {
    const { header, headerBytes, history } = manifest;
    const hash = headerHash(headerBytes);
    naming(file, () =>
      database.transaction(() => {
        rows.putCheckpoint({
          height: header.height,
          hash,
          stateRoot: header.state,
          history: appendLeaf(history, fromHex(hash)),
        });
        putManifest(database, manifestBytes, certificateBytes, true);
      })(),
    );
    database.pragma('synchronous = FULL');
    moveWal(database, 'TRUNCATE');
    database.close();
  }

  return {
    database,
    isComplete,
    manifest,
    digest: manifestDigest(manifestBytes) as Digest,
    certificate: decodeCertificate(certificateBytes),
    isDone: (kind, number) => done.has(`${kind}/${number}`),
    putHeaders: (list) => naming(file, () => putHeaders(list)),
    putState: (entries) => naming(file, () => putState(entries)),
    putPart: (part) => naming(file, () => putPart(part)),
    markDone(kind, number) {
      naming(file, () => insertDone.run(kind, number));
      done.add(`${kind}/${number}`);
    },
    headers: () => checked(selectHeaders.iterate()),
    handOvers,
    finish,
    seal() {
      database.pragma('synchronous = FULL');
      moveWal(database, 'TRUNCATE');
      database.close();
    },
    close: () => database.close(),
  };
}
