/** Counts by minute, hour and in total, for time, action, sender and receiver; kept up to date block by block. */
import type { AnalyticsRow } from '../runtime/queries.ts';
import type { Database } from './database.ts';
import { damaged } from './errors.ts';
import type { IndexedTransaction, IndexPart } from './index-block.ts';
import { rowCrc } from './row-crc.ts';
import type { Terms } from './terms.ts';

export type AnalyticsKind = 'time' | 'action' | 'sender' | 'receiver';

export interface AnalyticsOptions {
  readonly fromTime?: number;
  readonly toTime?: number;
  readonly bucketMs?: number;
  readonly limit: number;
}

export interface AnalyticsIndex extends IndexPart {
  /**
   * `time`: the newest `limit` buckets that are not empty, ascending; else the `limit` most frequent keys. A range
   * of time counts by whole minutes: those that `fromTime` and `toTime` fall into are included. A bucket is a
   * whole number of minutes.
   */
  rows(by: AnalyticsKind, options: AnalyticsOptions): readonly AnalyticsRow[];
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** The unit of a term's total, which starts at 0. */
const totalUnit = 0;

interface Counts {
  count: number;
  failed: number;
  bytes: number;
}
interface AnalyticsRecord extends Counts {
  readonly term: number;
  readonly start: number;
  readonly crc: number;
}
export function openAnalyticsIndex(database: Database, file: string, terms: Terms): AnalyticsIndex {
  const select = database.prepare<[number, number, number], AnalyticsRecord>(
    'SELECT * FROM analytics WHERE term = ? AND unit_ms = ? AND start = ?',
  );
  const selectRange = database.prepare<[number, number, number, number], AnalyticsRecord>(
    'SELECT * FROM analytics WHERE term = ? AND unit_ms = ? AND start >= ? AND start < ? ORDER BY start DESC',
  );
  const put = database.prepare('INSERT OR REPLACE INTO analytics VALUES (?, ?, ?, ?, ?, ?, ?)');
  const putTerm = database.prepare('INSERT OR IGNORE INTO analytics_terms VALUES (?, ?)');
  const selectTerms = database
    .prepare<[string], number>('SELECT term FROM analytics_terms WHERE kind = ?')
    .pluck();
  /** By the start of the minute, then by term. */
  let pending = new Map<number, Map<number, Counts>>();

  function countsOf(minute: number): Map<number, Counts> {
    const known = pending.get(minute);
    if (known !== undefined) return known;
    const fresh = new Map<number, Counts>();
    pending.set(minute, fresh);
    return fresh;
  }

  function countTransaction(counts: Map<number, Counts>, transaction: IndexedTransaction): void {
    const { action, touched } = transaction;
    countTerm(counts, 'time', '', transaction);
    countTerm(counts, 'action', action, transaction);
    if (touched.sender !== undefined) countTerm(counts, 'sender', touched.sender, transaction);
    for (const receiver of touched.receivers) countTerm(counts, 'receiver', receiver, transaction);
  }

  function countTerm(
    counts: Map<number, Counts>,
    kind: AnalyticsKind,
    text: string,
    { failed, bytes }: IndexedTransaction,
  ): void {
    const term = terms.intern(kind, text);
    let sum = counts.get(term);
    if (sum === undefined) {
      sum = { count: 0, failed: 0, bytes: 0 };
      counts.set(term, sum);
      putTerm.run(kind, term);
    }
    sum.count++;
    sum.failed += failed ? 1 : 0;
    sum.bytes += bytes;
  }

  function checked(unitMs: number, row: AnalyticsRecord): AnalyticsRecord {
    const { term, start, count, failed, bytes, crc } = row;
    if (rowCrc('analytics', term, unitMs, start, count, failed, bytes) !== crc)
      throw damaged(file, 'analytics', `${term}/${unitMs}/${start}`);
    return row;
  }

  function addTo(term: number, unitMs: number, start: number, more: Counts): void {
    const row = select.get(term, unitMs, start);
    const sum = row === undefined ? { ...more } : plus({ ...checked(unitMs, row) }, more);
    const { count, failed, bytes } = sum;
    const crc = rowCrc('analytics', term, unitMs, start, count, failed, bytes);
    put.run(term, unitMs, start, count, failed, bytes, crc);
  }

  function* range(term: number, unitMs: number, from: number, to: number): IterableIterator<AnalyticsRecord> {
    for (const row of selectRange.iterate(term, unitMs, from, to)) yield checked(unitMs, row);
  }

  /** Minutes up to the first full hour, full hours, minutes after the last one. */
  function total(term: number, from: number, to: number): Counts {
    const hours = { from: Math.ceil(from / hourMs) * hourMs, to: startOf(to, hourMs) };
    const sum = { count: 0, failed: 0, bytes: 0 };
    if (hours.from >= hours.to) {
      for (const row of range(term, minuteMs, from, to)) plus(sum, row);
      return sum;
    }
    for (const row of range(term, minuteMs, from, hours.from)) plus(sum, row);
    for (const row of range(term, hourMs, hours.from, hours.to)) plus(sum, row);
    for (const row of range(term, minuteMs, hours.to, to)) plus(sum, row);
    return sum;
  }

  function byTime({
    fromTime,
    toTime,
    bucketMs = minuteMs,
    limit,
  }: AnalyticsOptions): readonly AnalyticsRow[] {
    const term = terms.find('time', '');
    if (term === undefined) return [];
    const bucket = Math.max(minuteMs, Math.ceil(bucketMs / minuteMs) * minuteMs);
    const wholeHours = bucket % hourMs === 0 && fromTime === undefined && toTime === undefined;
    const { from, to } = wholeMinutes(fromTime, toTime);
    const buckets: (Counts & { readonly start: number })[] = [];
    for (const row of range(term, wholeHours ? hourMs : minuteMs, from, to)) {
      const start = startOf(row.start, bucket);
      const last = buckets.at(-1);
      if (last?.start === start) plus(last, row);
      else if (buckets.length === limit) break;
      else buckets.push({ start, count: row.count, failed: row.failed, bytes: row.bytes });
    }
    return buckets.reverse().map((counts) => rowOf(new Date(counts.start).toISOString(), counts));
  }

  function byTerm(
    kind: AnalyticsKind,
    { fromTime, toTime, limit }: AnalyticsOptions,
  ): readonly AnalyticsRow[] {
    const { from, to } = wholeMinutes(fromTime, toTime);
    const everything = fromTime === undefined && toTime === undefined;
    return selectTerms
      .all(kind)
      .map((term) => {
        const row = everything ? select.get(term, totalUnit, 0) : undefined;
        const counts = row === undefined ? total(term, from, to) : checked(totalUnit, row);
        return rowOf(terms.text(term), counts);
      })
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .slice(0, limit);
  }

  return {
    add({ time, transactions }) {
      const counts = countsOf(startOf(time, minuteMs));
      for (const transaction of transactions) countTransaction(counts, transaction);
    },
    write() {
      for (const [start, counts] of pending)
        for (const [term, more] of counts) {
          addTo(term, minuteMs, start, more);
          addTo(term, hourMs, startOf(start, hourMs), more);
          addTo(term, totalUnit, 0, more);
        }
      pending = new Map();
    },
    rows: (by, options) => (by === 'time' ? byTime(options) : byTerm(by, options)),
  };
}

const startOf = (time: number, unitMs: number): number => Math.floor(time / unitMs) * unitMs;

const wholeMinutes = (fromTime: number | undefined, toTime: number | undefined) => ({
  from: fromTime === undefined ? 0 : startOf(fromTime, minuteMs),
  to: toTime === undefined ? Number.MAX_SAFE_INTEGER : startOf(toTime, minuteMs) + minuteMs,
});

function plus<Sum extends Counts>(sum: Sum, more: Counts): Sum {
  sum.count += more.count;
  sum.failed += more.failed;
  sum.bytes += more.bytes;
  return sum;
}

const rowOf = (key: string, { count, failed, bytes }: Counts): AnalyticsRow => ({
  key,
  count,
  succeeded: count - failed,
  failed,
  bytes,
});
