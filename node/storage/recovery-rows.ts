/**
 * Recoveries that the operator accepted, beside the blocks (docs/recovery.md). One for each epoch that ended so: the
 * members may not change their mind about it on a node that has taken it.
 */
import { decodeRecovery, recoveryDigest } from '../../shared/codec/recovery.ts';
import { type AcceptedRecovery, acceptedRecovery } from '../runtime/recoveries.ts';
import type { Database } from './database.ts';
import { naming, StorageError } from './errors.ts';
import { checkHolds, isBytes, plainBytes, rowCheck } from './row-check.ts';

export const recoveryTable = `CREATE TABLE recoveries (epoch INTEGER PRIMARY KEY, certificate BLOB NOT NULL,
  row_check BLOB NOT NULL);`;

interface StoredRecovery {
  readonly epoch: number;
  readonly certificate: Buffer;
  readonly row_check: Buffer;
}

/** Ascending by epoch. @throws StorageError `recovery-damaged` */
export function readRecoveries(database: Database, file: string): readonly AcceptedRecovery[] {
  return storedRecoveries(database, file).map((row) => {
    if (!isWhole(row)) throw new StorageError('recovery-damaged', { file, epoch: row.epoch });
    return acceptedRecovery(plainBytes(row.certificate));
  });
}

/** Epochs of the rows that are damaged, as the rows say. */
export const damagedRecoveries = (database: Database, file: string): readonly number[] =>
  storedRecoveries(database, file).flatMap((row) => (isWhole(row) ? [] : [row.epoch]));

function storedRecoveries(database: Database, file: string): readonly StoredRecovery[] {
  // A reader changes nothing: a file of an older version has no such table.
  const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'recoveries'").get();
  if (hasTable === undefined) return [];
  return naming(file, () =>
    database.prepare<[], StoredRecovery>('SELECT * FROM recoveries ORDER BY epoch').all(),
  );
}

const isWhole = ({ epoch, certificate, row_check }: StoredRecovery): boolean =>
  isBytes(certificate) && checkHolds(row_check, 'recoveries', epoch, certificate);

/**
 * In the place of a damaged row: the one of its epoch or, if only one row is damaged, that one, whose epoch may be what
 * is damaged. The caller has verified it.
 * @returns false if there is no such row
 */
export function replaceDamagedRecovery(database: Database, file: string, bytes: Uint8Array): boolean {
  const { epoch } = decodeRecovery(bytes).content;
  const damaged = damagedRecoveries(database, file);
  const place = damaged.includes(epoch) ? epoch : damaged[0];
  const isWholeHere = storedRecoveries(database, file).some((row) => row.epoch === epoch && isWhole(row));
  if (place === undefined || isWholeHere || (place !== epoch && damaged.length > 1)) return false;
  naming(file, () =>
    database.transaction(() => {
      database.prepare('DELETE FROM recoveries WHERE epoch = ?').run(place);
      insertRecovery(database, epoch, bytes);
    })(),
  );
  return true;
}

const insertRecovery = (database: Database, epoch: number, bytes: Uint8Array): unknown =>
  database
    .prepare('INSERT INTO recoveries VALUES (?, ?, ?)')
    .run(epoch, bytes, rowCheck('recoveries', epoch, bytes));

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
  naming(file, () => insertRecovery(database, content.epoch, bytes));
}
