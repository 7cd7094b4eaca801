/** Order statistics of measured samples. */

/** Nearest-rank percentile; `fraction` in (0, 1]. NaN without samples. */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** One decimal below 100, none above: what a reader can use of a measured figure. */
export const rounded = (value: number): number =>
  value < 100 ? Math.round(value * 10) / 10 : Math.round(value);
