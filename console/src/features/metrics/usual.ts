import type { MetricSampleJson } from '../../../../shared/api.ts';

/**
 * How long a transaction usually waits until it is certified: the median of the medians of all intervals, each as
 * often as transactions were timed in it.
 * @returns milliseconds; undefined if none was timed
 */
export function usualWaitMs(samples: readonly Pick<MetricSampleJson, 'wait'>[]): number | undefined {
  const timed = samples
    .flatMap(({ wait }) => wait ?? [])
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.p50Ms - b.p50Ms);
  const half = timed.reduce((sum, { count }) => sum + count, 0) / 2;
  let passed = 0;
  return timed.find(({ count }) => {
    passed += count;
    return passed >= half;
  })?.p50Ms;
}
