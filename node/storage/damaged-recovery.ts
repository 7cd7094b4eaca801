/** A recovery that was accepted and is damaged, of a node that cannot start for it: `ledger.db` alone is opened. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { ledgerFileName, ledgerFormat } from './ledger-file.ts';
import { damagedRecoveries, replaceDamagedRecovery } from './recovery-rows.ts';

/** @throws StorageError `directory-locked` while its node runs */
export const hasDamagedRecovery = (directory: string): boolean =>
  atLedger(directory, false, (database, file) => damagedRecoveries(database, file).length > 0);

/** Durable when it returns. @returns false if nothing of this epoch is damaged there */
export const putBackRecovery = (directory: string, certificate: Uint8Array): boolean =>
  atLedger(directory, false, (database, file) => replaceDamagedRecovery(database, file, certificate));

function atLedger<Answer>(
  directory: string,
  withoutLedger: Answer,
  work: (database: Database, file: string) => Answer,
): Answer {
  const file = join(directory, ledgerFileName);
  if (!existsSync(file)) return withoutLedger;
  const release = lockDirectory(directory);
  try {
    const database = openDatabase(file, ledgerFormat);
    try {
      return work(database, file);
    } finally {
      database.close();
    }
  } finally {
    release();
  }
}
