/**
 * A backup back into a data directory. Nothing of it has the directory's name before every digest was compared and
 * the caller has verified the whole chain. The vote store is new and its name is on no ledger: whoever starts this
 * directory observes, and can never vote a second time (rule D3).
 */
import { copyFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Incarnation } from '../../shared/types/brands.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { BackupError } from './backup-errors.ts';
import { type BackupManifest, digestFile, readManifest } from './backup-manifest.ts';
import { damaged } from './errors.ts';
import { ledgerFileName } from './ledger-file.ts';
import { type CopyProgress, intoPlace } from './make-backup.ts';
import { payloadsFileName } from './payload-store.ts';
import { createStores } from './storage.ts';
import { syncPath } from './sync-path.ts';

export interface RestoreOptions {
  /** Network id that the backup must have. */
  readonly network?: string;
  readonly progress: CopyProgress;
  /** Verifies the ledger in this directory and throws if anything in it is wrong. */
  verify(directory: string, manifest: BackupManifest): Promise<void>;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Of the new vote store: registered nowhere. */
  readonly incarnation: Incarnation;
}

/** @throws BackupError, StorageError `disk-full`, and what `verify` throws; then the target does not exist */
export async function restoreBackup(
  backup: string,
  target: string,
  options: RestoreOptions,
): Promise<Restored> {
  const manifest = readManifest(backup);
  const { network } = options;
  if (network !== undefined && network !== manifest.network)
    throw new BackupError('backup-of-other-network', { expected: network, actual: manifest.network });
  const bytes = bytesOf(manifest);
  return intoPlace(target, bytes, async (partial) => {
    let done = 0;
    for (const { name } of manifest.files) requireKnown(backup, name);
    for (const { name, sha256 } of manifest.files) {
      const copy = join(partial, name);
      copyPresent(join(backup, name), copy);
      // Of the copy: it is what will be used.
      const actual = await digestFile(copy, (length) => {
        done += length;
        options.progress.update(done, bytes);
      });
      if (actual !== sha256)
        throw new BackupError('backup-damaged', { file: join(backup, name), expected: sha256, actual });
    }
    await options.verify(partial, manifest);
    return { manifest, incarnation: createStores(partial) };
  });
}

const bytesOf = ({ files }: BackupManifest): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Names come from the manifest: no other file is ever written. */
function requireKnown(backup: string, name: string): void {
  const isKnown =
    name === ledgerFileName ||
    name === payloadsFileName ||
    /^snapshots\/[0-9]{1,16}\.(parts|index)$/.test(name);
  if (!isKnown) throw damaged(backup, 'manifest', name);
}

function copyPresent(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false }) === undefined)
    throw new BackupError('backup-damaged', { file: from, reason: 'it is missing' });
  makeDirectory(dirname(to), 0o700);
  copyFileSync(from, to);
  syncPath(to);
}
