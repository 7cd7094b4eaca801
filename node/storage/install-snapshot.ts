/**
 * A snapshot that is whole takes the place of `derived.db`, before anything else is opened. First `ledger.db` learns
 * the headers up to its height, and that the bodies are not here, in one transaction; then the file is renamed.
 * A kill between the two is made good by the same steps again at the next start.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeHeader, headerHash } from '../../shared/codec/ledger.ts';
import { type BlockHash, type Height, nextHeight } from '../../shared/types/brands.ts';
import { boundBy } from '../ledger/snapshot-bound.ts';
import { piecePath, type SnapshotManifest } from '../ledger/snapshot-manifest.ts';
import type { LogPort } from '../runtime/ports.ts';
import { noBlockEvents } from './block-events.ts';
import { type Database, moveWal } from './database.ts';
import { derivedFileName } from './derived-file.ts';
import { epochWriter } from './epoch-rows.ts';
import { bodilessRow, type LedgerRows, writeBase } from './ledger-file.ts';
import { discardIntake, joiningFileOf, type OpenIntake, openIntake } from './snapshot-intake.ts';
import { stateRows } from './state-rows.ts';

export interface InstallOptions {
  readonly directory: string;
  readonly ledger: Database;
  readonly rows: LedgerRows;
  readonly log: LogPort;
  /** Also where blocks behind it are here already: state is lost. */
  readonly replaces?: boolean;
}

/** @returns the manifest of the snapshot that was installed, if there was one. */
export function installSnapshot(options: InstallOptions): SnapshotManifest | undefined {
  const intake = openOrDiscard(options);
  if (intake === undefined || !intake.isComplete) {
    intake?.close();
    return undefined;
  }
  const { height } = intake.manifest.header;
  if ((options.rows.tipHeight() ?? 0) > height && options.replaces !== true) {
    // Blocks came faster: what the snapshot says is known already.
    intake.close();
    discardIntake(options.directory);
    return undefined;
  }
  writeLedger(options, intake);
  intake.seal();
  replaceDerived(options.directory);
  options.log.write('info', 'snapshot-installed', { height, rule: 'C2' });
  return intake.manifest;
}

function openOrDiscard({ directory, log }: InstallOptions): OpenIntake | undefined {
  try {
    return openIntake(directory);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    log.write('error', 'joining-discarded', { reason: error.message });
    discardIntake(directory);
    return undefined;
  }
}

function writeLedger({ ledger, rows }: InstallOptions, intake: OpenIntake): void {
  const { header, transactions } = intake.manifest;
  const insert = ledger.prepare('INSERT OR IGNORE INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const putEpoch = epochWriter(ledger);
  const tip = rows.tipHeight() ?? 0;
  const known = rows.block(tip as Height);
  const firstUnknown = known === undefined ? 0 : known.first + known.ran;
  const position = eventsIn(intake);
  ledger.transaction(() => {
    for (const { height, header: bytes, certificate, nextValidators } of intake.headers()) {
      if (height <= tip || height > header.height) continue;
      const hash: BlockHash = headerHash(bytes);
      // The last of them is followed by the first number behind the snapshot.
      const first = height === header.height ? transactions : firstUnknown;
      const row = {
        height,
        hash,
        headerBytes: bytes,
        certificate,
        first,
        ran: 0,
        failed: 0,
        ...noBlockEvents,
      };
      insert.run(...bodilessRow(row));
      putEpoch(decodeHeader(bytes), nextValidators);
    }
    const bodiesFrom = nextHeight(header.height);
    writeBase(ledger, { bodiesFrom, first: transactions, position, indexedFrom: bodiesFrom });
  })();
  moveWal(ledger);
}

/** Stream events up to the snapshot: every stream says how many it has. */
function eventsIn({ database }: OpenIntake): number {
  const rows = stateRows(database, '');
  let count = 0;
  for (let index = 0; index < 256; index += 1) {
    for (const [key, value] of rows.entries(piecePath(index, 8))) {
      const list = boundBy(key, value);
      if (list?.kind === 'events') count += list.end.next;
    }
  }
  return count;
}

function replaceDerived(directory: string): void {
  const derived = join(directory, derivedFileName);
  const joining = joiningFileOf(directory);
  for (const ending of ['-wal', '-shm']) {
    rmSync(derived + ending, { force: true });
    rmSync(joining + ending, { force: true });
  }
  renameSync(joining, derived);
  for (const path of [directory, dirname(directory)]) {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}
