/** Counts of values by upper bound, as Prometheus takes them. */
export interface HistogramSnapshot {
  /** Upper bounds, ascending; what is above the last one counts in `count` only. */
  readonly bounds: readonly number[];
  /** Values at or below each bound, cumulative. */
  readonly cumulative: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export interface Histogram {
  observe(value: number): void;
  snapshot(): HistogramSnapshot;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0);
  let sum = 0;
  let count = 0;
  function observe(value: number): void {
    const at = bounds.findIndex((bound) => value <= bound);
    if (at >= 0) counts[at] = (counts[at] ?? 0) + 1;
    sum += value;
    count += 1;
  }
  function snapshot(): HistogramSnapshot {
    let below = 0;
    const cumulative = counts.map((each) => {
      below += each;
      return below;
    });
    return { bounds, cumulative, sum, count };
  }
  return { observe, snapshot };
}

/** Seconds, from a fast fsync to a failed view. */
export const latencyBounds = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

/** Seconds, each a quarter above the one before, to 15 minutes: fine enough for percentiles. */
export const waitBounds: readonly number[] = Array.from({ length: 63 }, (_, power) =>
  Number((0.001 * 1.25 ** power).toPrecision(4)),
);
