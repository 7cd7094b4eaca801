/**
 * Damage of `derived.db` that a running node meets is noted in the file: a start does not read every row, and would
 * meet it again and again. The next one derives the file anew.
 */
import SqliteDatabase from 'better-sqlite3';
import type { LogPort } from '../runtime/ports.ts';
import type { Database } from './database.ts';
import { damaged, isDamage } from './errors.ts';

const table = 'damage';
const createTable = `CREATE TABLE IF NOT EXISTS ${table} (place TEXT NOT NULL, key TEXT NOT NULL)`;

/** Whatever is no damage of this file is let go. Outside of transactions that write to it. */
export function noteDamage(file: string, error: unknown, log: LogPort): void {
  if (!isDamage(error) || error.facts.file !== file) return;
  try {
    const database = new SqliteDatabase(file, { fileMustExist: true, timeout: 0 });
    try {
      database.exec(createTable);
      const insert = database.prepare(`INSERT INTO ${table} VALUES (?, ?)`);
      insert.run(String(error.facts.table), String(error.facts.key));
    } finally {
      database.close();
    }
  } catch (failure) {
    // Whoever met the damage names it; it is met again if this stays unsaid.
    log.write('error', 'damage-not-noted', { ...error.facts, reason: String(failure) });
  }
}

/** @throws StorageError `data-damaged` if damage was noted */
export function requireNoDamage(database: Database, file: string): void {
  const exists = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table);
  if (exists === undefined) return;
  const row = database
    .prepare<[], { place: string; key: string }>(`SELECT place, key FROM ${table} LIMIT 1`)
    .get();
  if (row !== undefined) throw damaged(file, row.place, row.key);
}
