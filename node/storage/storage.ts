/** A node's data directory: opened by one process, at one network, with every adapter that needs it. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { headerHash } from '../../shared/codec/ledger.ts';
import type { Incarnation } from '../../shared/types/brands.ts';
import { makeDirectory } from '../files/make-directory.ts';
import type { SnapshotManifest } from '../ledger/snapshot-manifest.ts';
import type { ExecutedBlock } from '../ledger/types.ts';
import type {
  AcceptedStorePort,
  BlockStorePort,
  LogPort,
  PayloadStorePort,
  RepairPort,
  StatePort,
  VoteStorePort,
} from '../runtime/ports.ts';
import type { LedgerQueries } from '../runtime/queries.ts';
import { openAcceptedStore } from './accepted-store.ts';
import { openBlockStore } from './block-store.ts';
import { moveWal, openDatabase } from './database.ts';
import { derivedFileName } from './derived-file.ts';
import { lockDirectory } from './directory-lock.ts';
import { type DiskUse, measureDisk } from './disk-use.ts';
import { fileErrorOf } from './errors.ts';
import { type Fatal, makeGroupCommit } from './group-commit.ts';
import { installSnapshot } from './install-snapshot.ts';
import { ledgerFileName, ledgerFormat, ledgerRows } from './ledger-file.ts';
import { damageBook, ledgerRepair } from './ledger-repair.ts';
import { openDerived } from './open-derived.ts';
import { openPayloadStore, payloadsFileName } from './payload-store.ts';
import { type PruneResult, pruneBodies } from './prune.ts';
import { ledgerQueries } from './queries.ts';
import { recentBlocks } from './recent-blocks.ts';
import { writeRecovery } from './recovery-rows.ts';
import { restoreDerived } from './restore-derived.ts';
import { openSnapshots, type SnapshotSettings, type Snapshots } from './snapshots.ts';
import type { Checkpoint } from './state-rows.ts';
import type { GenesisState } from './state-store.ts';
import { syncPath } from './sync-path.ts';
import { newIncarnation, openVoteStore, type VoteStore, votesFileName } from './vote-store.ts';

export interface StorageOptions {
  readonly genesis: GenesisState;
  readonly log: LogPort;
  /** A disk failure: the node must stop; nothing is confirmed after it (rule D2). */
  readonly fatal: Fatal;
  /** Told how long each durable commit took, fsync included. */
  readonly committed?: (file: 'votes' | 'ledger', durationMs: number) => void;
  /** Changed keys, without pairs, that make a state checkpoint due; 6,000 if absent, which takes some 30 ms on a busy machine. */
  readonly checkpointChanges?: number;
  /** Milliseconds after which one is due in any case; 5,000 if absent: a start executes again what came since. */
  readonly checkpointMs?: number;
  /** Absent: no snapshots are taken; those that are there are served. */
  readonly snapshots?: SnapshotSettings;
}

export interface Storage {
  readonly votes: VoteStorePort;
  readonly blocks: BlockStorePort;
  readonly state: StatePort;
  readonly accepted: AcceptedStorePort;
  readonly payloads: PayloadStorePort;
  readonly queries: LedgerQueries;
  readonly snapshots: Snapshots;
  readonly repair: RepairPort;
  /** What the operator accepts, for good; durable when it returns. In force from the next start on. @throws `other-recovery` */
  acceptRecovery(certificate: Uint8Array): void;
  /** Gives up the bodies of all but the newest `keep` blocks, behind the newest snapshot. @throws `snapshot-missing` */
  prune(keep: number): PruneResult;
  /** Bytes on disk, write-ahead logs included. */
  sizes(): { readonly votes: number; readonly ledger: number; readonly derived: number };
  /** Use of the disk and its growth; `nowMs` is milliseconds since 1970. */
  disk(nowMs: number): DiskUse;
  /** Commits what is pending, checkpoints state, gives the lock back. */
  close(): void;
}

/**
 * Writes a fresh vote store with its incarnation, which genesis is to register (rule D3). A store that exists
 * keeps its own.
 * @returns the incarnation of the store that is there now
 * @throws StorageError `directory-locked`, or what the disk reports, by name.
 */
export function createStores(directory: string, incarnation: Incarnation = newIncarnation()): Incarnation {
  ensureDirectory(directory);
  const release = lockDirectory(directory);
  try {
    const fatal: Fatal = (code) => {
      throw new Error(`votes.db: ${code}`);
    };
    const store = openVoteStore(join(directory, votesFileName), incarnation, { fatal });
    const { incarnation: own } = store.load();
    store.close();
    syncDirectory(directory);
    return own;
  } finally {
    release();
  }
}

/**
 * Opens, creates and migrates the files of a node's directory, and indexes what is not yet indexed.
 * @throws StorageError `directory-locked`, `other-network`, `schema-too-new`, `data-damaged`, or a disk's error.
 */
export function openStorage(directory: string, options: StorageOptions): Storage {
  ensureDirectory(directory);
  const release = lockDirectory(directory);
  const opened: (() => void)[] = [release];
  try {
    return openFiles(directory, options, opened);
  } catch (error) {
    for (const close of opened.reverse()) close();
    throw error;
  }
}

/** `opened` collects what must be closed, in the order of opening. */
function openFiles(directory: string, options: StorageOptions, opened: (() => void)[]): Storage {
  const { genesis, log, fatal, committed } = options;
  const votes = openVotes(directory, options);
  opened.push(votes.close);
  const ledgerFile = join(directory, ledgerFileName);
  const ledger = openDatabase(ledgerFile, ledgerFormat);
  opened.push(() => ledger.close());
  const book = damageBook();
  const rows = ledgerRows(ledger, ledgerFile, book.found);
  const installed = installSnapshot({ directory, ledger, rows, log });
  const group = makeGroupCommit({
    database: ledger,
    file: ledgerFile,
    walBytesMax: 32 * 2 ** 20,
    fatal,
    committed: (durationMs) => committed?.('ledger', durationMs),
  });
  const recent = recentBlocks();
  const followers: ((block: ExecutedBlock, first: number) => void)[] = [];
  const blocks = openBlockStore({
    database: ledger,
    file: ledgerFile,
    rows,
    group,
    genesis,
    log,
    appended: (block, certificate, batch, first) => {
      recent.add(block, certificate, batch, first);
      for (const follow of followers) follow(block, first);
    },
  });
  votes.bindNetwork(genesis.hash);
  const payloads = openPayloadStore(join(directory, payloadsFileName), { log, fatal });
  opened.push(payloads.close);
  const accepted = openAcceptedStore({ database: ledger, file: ledgerFile, group, log });
  syncDirectory(directory);
  const derivedFile = join(directory, derivedFileName);
  const settings = options.snapshots ?? { everyBlocks: 0, keep: 1 };
  const snapshots = openSnapshots({ ...settings, directory, derivedFile, rows, log });
  opened.push(snapshots.close);
  const derived = openDerived(directory, {
    rows,
    snapshots,
    restore: () =>
      restoreDerived({ directory, ledger, rows, log, derivedFile, newestWhole: snapshots.newestWhole }),
    genesis,
    log,
    fatal,
    checkpointChanges: options.checkpointChanges ?? 6_000,
    checkpointMs: options.checkpointMs ?? 5_000,
  });
  opened.push(() => derived.database.close());
  followers.push(derived.indexer.add);
  const { state, indexer } = derived;
  // Whoever came by a snapshot has one to serve, and to go back to.
  if (installed !== undefined) snapshots.take(checkpointOf(installed));
  else snapshots.resume();
  const queries = ledgerQueries({
    rows,
    recent,
    ledgerFile,
    derivedFile,
    indexer,
    certifiedState: state.certifiedState,
  });

  const { flush } = group;
  const repair = ledgerRepair({ database: ledger, file: ledgerFile, rows, book, flush, fatal });

  function prune(keep: number): PruneResult {
    group.flush();
    const snapshot = snapshots.completeNewest()?.height;
    const result = pruneBodies({ ledger, file: ledgerFile, rows, indexer, snapshot, keep });
    // Only this gives the space back to the file system.
    if (result.blocks > 0) ledger.exec('VACUUM');
    moveWal(ledger, 'TRUNCATE');
    return result;
  }

  function close(): void {
    group.flush();
    indexer.close();
    state.close();
    for (const end of opened.splice(0).reverse()) end();
  }

  return {
    votes,
    blocks,
    state,
    accepted,
    payloads,
    queries,
    snapshots,
    repair,
    acceptRecovery: (certificate) => writeRecovery(ledger, ledgerFile, certificate),
    prune,
    sizes: () => sizesOf(directory),
    disk: (nowMs) => measureDisk(directory, rows, nowMs),
    close,
  };
}

const checkpointOf = ({ header, headerBytes, history }: SnapshotManifest): Checkpoint => ({
  height: header.height,
  hash: headerHash(headerBytes),
  stateRoot: header.state,
  history,
});

function openVotes(directory: string, { log, fatal, committed }: StorageOptions): VoteStore {
  const file = join(directory, votesFileName);
  const fresh = newIncarnation();
  // Its votes are lost or never were: it observes until an activation registers the new name (rule D3).
  if (!existsSync(file)) log.write('warn', 'vote-store-created', { file, incarnation: fresh });
  return openVoteStore(file, fresh, {
    fatal,
    committed: (durationMs) => committed?.('votes', durationMs),
  });
}

function ensureDirectory(directory: string): void {
  try {
    makeDirectory(directory, 0o700);
  } catch (error) {
    throw fileErrorOf(error, directory);
  }
}

/** Names of new files are durable only when their directory is. */
function syncDirectory(directory: string): void {
  for (const path of [directory, dirname(directory)]) {
    try {
      syncPath(path);
    } catch (error) {
      throw fileErrorOf(error, path);
    }
  }
}

function sizesOf(directory: string): ReturnType<Storage['sizes']> {
  const sizeOf = (name: string): number =>
    ['', '-wal']
      .map((ending) => statSync(join(directory, name + ending), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0);
  return { votes: sizeOf(votesFileName), ledger: sizeOf(ledgerFileName), derived: sizeOf(derivedFileName) };
}
