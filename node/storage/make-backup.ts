/**
 * A backup of a node's ledger, while it runs or not: one consistent copy of `ledger.db`, and where old bodies were
 * pruned the snapshot of state that stands for them; payloads if they are asked for. Never the vote store, which alone says what this validator
 * voted (rule D3), and nothing that can be derived again.
 *
 * The copy is read within one read transaction, so that the node's commits neither change nor restart it; the
 * node's write-ahead log cannot be emptied meanwhile and grows by what is written. It is made beside its final
 * name and takes it at the end: what has that name is whole.
 */
import {
  copyFileSync,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { makeDirectory } from '../files/make-directory.ts';
import { BackupError } from './backup-errors.ts';
import {
  type BackupFile,
  type BackupManifest,
  digestFile,
  manifestFileName,
  manifestText,
} from './backup-manifest.ts';
import { namedError, StorageError } from './errors.ts';
import { ledgerFileName } from './ledger-file.ts';
import { openLedgerReader } from './ledger-reader.ts';
import { payloadsFileName } from './payload-store.ts';
import { snapshotNames, snapshotsDirectoryName } from './snapshot-files.ts';
import { syncPath } from './sync-path.ts';

export interface CopyProgress {
  /** Bytes done and bytes in all; what is to be done may turn out a little more. */
  update(done: number, total: number): void;
}

export interface BackupOptions {
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly software: string;
  readonly progress: CopyProgress;
  /** Whether what lies beside the ledger is copied, too: without it a restored node fetches it from peers. */
  readonly payloads?: boolean;
}

/** Whoever reads a copy may leave a log beside it. */
const ledgerNames = ['', '-wal', '-shm'].map((ending) => ledgerFileName + ending);
/** Pages that one step copies: some milliseconds. */
const pagesPerStep = 512;

/**
 * @param target takes the backup's name when it is whole; must not exist, or be empty
 * @throws StorageError `ledger-missing`, `data-damaged`, `disk-full`, `disk-read-only`; BackupError `target-not-empty`
 */
export async function makeBackup(
  directory: string,
  target: string,
  options: BackupOptions,
): Promise<BackupManifest> {
  const source = join(directory, ledgerFileName);
  if (!existsSync(source)) throw new StorageError('ledger-missing', { directory });
  const support = supportOf(directory);
  const payloads = join(directory, payloadsFileName);
  const hasPayloads = options.payloads === true && existsSync(payloads);
  const besides = hasPayloads ? bytesWithLog(payloads) : 0;
  const bytes = support.reduce(
    (sum, name) => sum + sizeOf(join(directory, name)),
    bytesWithLog(source) + besides,
  );
  return intoPlace(target, bytes, async (partial) => {
    // First: a snapshot never lies above a ledger that is copied later.
    copySupport(directory, partial, support);
    if (hasPayloads) await copyPayloads(payloads, join(partial, payloadsFileName), options.progress);
    const needed = await copyLedger(directory, partial, support, options.progress);
    const manifest = await describe(partial, hasPayloads ? [...needed, payloadsFileName] : needed, options);
    writeDurably(join(partial, manifestFileName), manifestText(manifest));
    return manifest;
  });
}

/**
 * Runs `fill` on a directory beside the target, which takes the target's name when it is whole. What an earlier
 * run left there is removed first; a full disk is named, and nothing is left behind.
 */
export async function intoPlace<Result>(
  target: string,
  bytes: number,
  fill: (partial: string) => Promise<Result>,
): Promise<Result> {
  requireEmpty(target);
  const partial = `${resolve(target)}.partial`;
  rmSync(partial, { recursive: true, force: true });
  try {
    makeDirectory(partial, 0o700);
    requireSpace(partial, bytes);
    const result = await fill(partial);
    syncPath(partial);
    renameSync(partial, resolve(target));
    syncPath(dirname(resolve(target)));
    return result;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw namedSystemError(error, target);
  }
}

function requireEmpty(target: string): void {
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory() || readdirSync(target).length > 0)
    throw new BackupError('target-not-empty', { directory: target });
}

/**
 * What must lie beside the ledger so that it proves itself: nothing if it begins at genesis, else the newest
 * snapshot of state that leads up to the bodies that are here.
 */
function supportOf(directory: string): readonly string[] {
  const reader = openLedgerReader(directory);
  try {
    const { bodiesFrom } = reader;
    if (bodiesFrom === 1) return [];
    const snapshot = reader.snapshot();
    snapshot?.close();
    if (snapshot === undefined || snapshot.height + 1 < bodiesFrom)
      throw new BackupError('bodies-missing', { directory, bodiesFrom });
    return snapshotNames(snapshot.height).map((name) => `${snapshotsDirectoryName}/${name}`);
  } finally {
    reader.close();
  }
}

/** Files are whole when they have these names, and are never changed. */
function copySupport(directory: string, partial: string, names: readonly string[]): void {
  if (names.length > 0) makeDirectory(join(partial, snapshotsDirectoryName), 0o700);
  for (const name of names) {
    copyFileSync(join(directory, name), join(partial, name));
    syncPath(join(partial, name));
  }
}

/** Known before the first byte is better than in the middle; both say `disk-full`. */
function requireSpace(directory: string, needed: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free < needed) throw new StorageError('disk-full', { file: directory, free, needed });
}

const bytesWithLog = (file: string): number =>
  [file, `${file}-wal`].reduce((sum, path) => sum + sizeOf(path), 0);

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/**
 * While the snapshot and payloads were copied, bodies may have been pruned, or the node have joined anew: what was copied
 * then does not lead up to this ledger, and nothing could be restored. @returns what does
 */
async function copyLedger(
  directory: string,
  partial: string,
  copied: readonly string[],
  progress: CopyProgress,
): Promise<readonly string[]> {
  await copyDatabase(join(directory, ledgerFileName), join(partial, ledgerFileName), progress);
  try {
    return supportOf(partial);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
  }
  for (const name of [...ledgerNames, ...copied]) rmSync(join(partial, name), { force: true });
  copySupport(directory, partial, supportOf(directory));
  await copyDatabase(join(directory, ledgerFileName), join(partial, ledgerFileName), progress);
  return supportOf(partial);
}

/** Before the ledger: what is erased between the two is erased by whoever starts on the copy. */
async function copyPayloads(source: string, copy: string, progress: CopyProgress): Promise<void> {
  await copyDatabase(source, copy, progress);
  syncPath(copy);
}

async function copyDatabase(source: string, copy: string, progress: CopyProgress): Promise<void> {
  try {
    const database = new SqliteDatabase(source, { readonly: true, timeout: 5_000 });
    try {
      const pageBytes = Number(database.pragma('page_size', { simple: true }));
      database.exec('BEGIN');
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      await database.backup(copy, {
        progress({ totalPages, remainingPages }) {
          progress.update((totalPages - remainingPages) * pageBytes, totalPages * pageBytes);
          return pagesPerStep;
        },
      });
    } finally {
      database.close();
    }
  } catch (error) {
    throw namedError(error, copy);
  }
}

/** The figures are of the copy itself: they fit it whatever the node did meanwhile. */
async function describe(
  partial: string,
  support: readonly string[],
  options: BackupOptions,
): Promise<BackupManifest> {
  const copy = join(partial, ledgerFileName);
  syncPath(copy);
  const reader = openLedgerReader(partial);
  try {
    const { tip, genesis } = reader;
    const top = reader.row(tip);
    return {
      format: 'concordat-backup',
      version: 1,
      network: genesis.block.hash,
      height: tip,
      block: top.hash,
      stateRoot: top.header.state,
      createdAt: options.createdAt,
      software: options.software,
      files: await Promise.all([ledgerFileName, ...support].map((name) => fileIn(partial, name))),
    };
  } finally {
    reader.close();
    for (const ending of ['-wal', '-shm']) rmSync(copy + ending, { force: true });
  }
}

async function fileIn(directory: string, name: string): Promise<BackupFile> {
  const path = join(directory, name);
  return { name, bytes: sizeOf(path), sha256: await digestFile(path, () => {}) };
}

function writeDurably(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  syncPath(file);
}

/** What the system says about disks, by the names that operators know from the node. */
function namedSystemError(error: unknown, file: string): unknown {
  const { code } = error as { readonly code?: unknown };
  const reason = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new StorageError('disk-full', { file, reason }, { cause: error });
  if (code === 'EROFS' || code === 'EACCES')
    return new StorageError('disk-read-only', { file, reason }, { cause: error });
  return error;
}
