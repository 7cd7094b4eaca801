/**
 * Recoveries that the operator accepted, beside the blocks (docs/recovery.md). One for each epoch that ended so: the
 * members may not change their mind about it on a node that has taken it.
 */
import { decodeRecovery, recoveryDigest } from '../../shared/codec/recovery.ts';
import { type AcceptedRecovery, acceptedRecovery } from '../runtime/recoveries.ts';
import type { Database } from './database.ts';
import { damaged, naming, StorageError } from './errors.ts';
import { checkHolds, isBytes, plainBytes, rowCheck } from './row-check.ts';

export const recoveryTable = `CREATE TABLE recoveries (epoch INTEGER PRIMARY KEY, certificate BLOB NOT NULL,
  row_check BLOB NOT NULL);`;

interface StoredRecovery {
  readonly epoch: number;
  readonly certificate: Buffer;
  readonly row_check: Buffer;
}

/** Ascending by epoch. @throws StorageError `data-damaged` */
export function readRecoveries(database: Database, file: string): readonly AcceptedRecovery[] {
  // A reader changes nothing: a file of an older version has no such table.
  const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'recoveries'").get();
  if (hasTable === undefined) return [];
  const rows = naming(file, () =>
    database.prepare<[], StoredRecovery>('SELECT * FROM recoveries ORDER BY epoch').all(),
  );
  return rows.map(({ epoch, certificate, row_check }) => {
    if (!isBytes(certificate) || !checkHolds(row_check, 'recoveries', epoch, certificate))
      throw damaged(file, 'recoveries', epoch);
    return acceptedRecovery(plainBytes(certificate));
  });
}

/**
 * Durable when it returns. The same again is no fault: an acceptance that was interrupted is repeated.
 * @throws StorageError `other-recovery` if another one was accepted for the epoch that it ends
 */
export function writeRecovery(database: Database, file: string, bytes: Uint8Array): void {
  const { content, contentBytes } = decodeRecovery(bytes);
  const digest = recoveryDigest(contentBytes);
  const known = readRecoveries(database, file).find(
    ({ certificate }) => certificate.content.epoch === content.epoch,
  );
  if (known !== undefined) {
    const accepted = recoveryDigest(known.certificate.contentBytes);
    if (accepted === digest) return;
    throw new StorageError('other-recovery', { file, epoch: content.epoch - 1, accepted, offered: digest });
  }
  naming(file, () =>
    database
      .prepare('INSERT INTO recoveries VALUES (?, ?, ?)')
      .run(content.epoch, bytes, rowCheck('recoveries', content.epoch, bytes)),
  );
}
