/**
 * Removes the bodies of old blocks behind a snapshot: header, certificate, history and index stay. Base and rows
 * change together, some blocks at a time, so that a kill leaves a ledger that says what it lacks.
 */
import { type Height, heightOf } from '../../shared/types/brands.ts';
import type { Database } from './database.ts';
import { damaged, StorageError } from './errors.ts';
import type { Indexer } from './indexer.ts';
import { bodilessRow, type LedgerRows, writeBase } from './ledger-file.ts';

export interface PruneOptions {
  readonly ledger: Database;
  readonly file: string;
  readonly rows: LedgerRows;
  readonly indexer: Indexer;
  /** Height of the newest whole snapshot: state behind the removed bodies can come from it alone. */
  readonly snapshot: Height | undefined;
  /** Newest blocks whose bodies stay in any case. */
  readonly keep: number;
}

export interface PruneResult {
  readonly blocks: number;
  readonly transactions: number;
  /** From here up to the tip all bodies are here. */
  readonly bodiesFrom: Height;
  readonly snapshot: Height;
}

const blocksPerStep = 200;

/** @throws StorageError `snapshot-missing` */
export function pruneBodies({ ledger, file, rows, indexer, snapshot, keep }: PruneOptions): PruneResult {
  const before = rows.base();
  const tip = rows.tipHeight() ?? heightOf(0);
  if (snapshot === undefined) throw new StorageError('snapshot-missing', { height: tip });
  indexer.flush();
  const target = Math.min(tip - keep + 1, snapshot + 1);
  let { bodiesFrom } = before;
  let transactions = 0;
  while (bodiesFrom < target) {
    const next = heightOf(Math.min(bodiesFrom + blocksPerStep, target));
    transactions += removeStep(bodiesFrom, next);
    bodiesFrom = next;
  }
  return { blocks: bodiesFrom - before.bodiesFrom, transactions, bodiesFrom, snapshot };

  function removeStep(from: Height, to: Height): number {
    const first = rows.block(from)?.first ?? 0;
    const { first: end, position } = placeAt(to);
    ledger.transaction(() => {
      for (let height = from; height < to; height = heightOf(height + 1)) removeBody(height);
      ledger.prepare('DELETE FROM entries WHERE number >= ? AND number < ?').run(first, end);
      ledger.prepare('DELETE FROM skipped WHERE height >= ? AND height < ?').run(from, to);
      writeBase(ledger, { ...before, bodiesFrom: to, first: end, position });
    })();
    return end - first;
  }

  function removeBody(height: Height): void {
    const row = rows.block(height);
    if (row?.certificate === undefined) throw damaged(file, 'blocks', height);
    const values = bodilessRow({ ...row, certificate: row.certificate });
    ledger.prepare('REPLACE INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(...values);
  }

  /** Number of the first transaction and position of the first event at a height, which may be the next one. */
  function placeAt(height: Height): { readonly first: number; readonly position: number } {
    const place = indexer.parts.blocks.get(height);
    if (place !== undefined) return place;
    const last = indexer.parts.blocks.get(heightOf(height - 1));
    if (last === undefined) throw damaged(file, 'blocks', height);
    const events = last.counts.reduce((sum, count) => sum + count, 0);
    const { first, ran } = rows.block(heightOf(height - 1))!;
    return { first: first + ran, position: last.position + events };
  }
}
