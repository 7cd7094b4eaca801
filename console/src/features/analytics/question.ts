import type { QueryOf } from '../../../../shared/api.ts';

export const groupings = [
  { value: 'time', label: 'Time' },
  { value: 'action', label: 'Action' },
  { value: 'sender', label: 'Sender' },
  { value: 'receiver', label: 'Receiver' },
] as const;
export type Grouping = (typeof groupings)[number]['value'];

export const ranges = [
  { value: 'hour', label: 'Hour' },
  { value: 'day', label: 'Day' },
  { value: 'week', label: 'Week' },
  { value: 'all', label: 'All' },
] as const;
export type Range = (typeof ranges)[number]['value'];

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How far back, and how much of it one bar of time holds. */
const spans: {
  readonly [range in Range]: { readonly backMs?: number; readonly bucketMs: number; readonly name: string };
} = {
  hour: { backMs: hourMs, bucketMs: minuteMs, name: 'minute' },
  day: { backMs: 24 * hourMs, bucketMs: 10 * minuteMs, name: 'ten minutes' },
  week: { backMs: 7 * 24 * hourMs, bucketMs: hourMs, name: 'hour' },
  all: { bucketMs: hourMs, name: 'hour' },
};
export const bucketName = (range: Range): string => spans[range].name;

export const rowsMax = 1_000;

/** The same question within a minute, so that it is asked and remembered once. */
export function questionOf(by: Grouping, range: Range, now: number): QueryOf<'analytics'> {
  const { backMs, bucketMs } = spans[range];
  return {
    by,
    limit: rowsMax,
    ...(by === 'time' && { bucketMs }),
    ...(backMs !== undefined && { from: Math.floor((now - backMs) / minuteMs) * minuteMs }),
  };
}

export interface Bars {
  /** Starts, in milliseconds since 1970, ascending, without a gap. */
  readonly moments: readonly number[];
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
}

/**
 * The API leaves out what is empty: a chart must not. It spans what was asked for, or from the first row to the last;
 * what would be more than a chart can show stays as it is.
 */
export function barsOf(
  rows: readonly { readonly key: string; readonly succeeded: number; readonly failed: number }[],
  range: Range,
  now: number,
): Bars {
  const { backMs, bucketMs } = spans[range];
  const known = new Map(rows.map((row) => [Date.parse(row.key), row]));
  const starts = [...known.keys()].sort((a, b) => a - b);
  const startOf = (time: number): number => Math.floor(time / bucketMs) * bucketMs;
  const first = backMs === undefined ? (starts[0] ?? 0) : startOf(now - backMs);
  const last = backMs === undefined ? (starts.at(-1) ?? 0) : Math.max(startOf(now), starts.at(-1) ?? 0);
  const length = Math.floor((last - first) / bucketMs) + 1;
  const moments =
    starts.length === 0 || length > 5 * rowsMax
      ? starts
      : Array.from({ length }, (_, index) => first + index * bucketMs);
  return {
    moments,
    succeeded: moments.map((at) => known.get(at)?.succeeded ?? 0),
    failed: moments.map((at) => known.get(at)?.failed ?? 0),
  };
}
