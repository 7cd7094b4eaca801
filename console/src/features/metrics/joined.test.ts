import { expect, test } from 'vitest';
import type { MetricsHistoryJson } from '../../../../shared/api.ts';
import { joined } from './joined.ts';
import { ratesOf } from './rates.ts';

const start = 1_700_000_000_000;
const sampleAt = (seconds: number, change: Partial<MetricsHistoryJson['samples'][number]> = {}) => ({
  ...{ at: start + seconds * 1_000, overMs: 5_000, blocks: 1, succeeded: 10, failed: 0 },
  ...{ pool: 0, height: 1, view: 0, reachable: 4 },
  ...change,
});
const changeAt = (seconds: number) => ({
  at: start + seconds * 1_000,
  epoch: 0,
  from: 0,
  to: 1,
  primary: 'beta',
});
const history = (seconds: number, change: Partial<MetricsHistoryJson>): MetricsHistoryJson => ({
  ...{ node: 'alpha', nowMs: start + seconds * 1_000, startedAtMs: start, span: 'hour', stepMs: 5_000 },
  ...{ samples: [], viewChanges: [] },
  ...change,
});

test('the newer part follows the known one; a change of view that both tell of is there once', () => {
  const known = history(10, {
    samples: [sampleAt(5), sampleAt(10)],
    viewChanges: [changeAt(7), changeAt(11)],
  });
  const newer = history(15, { samples: [sampleAt(15)], viewChanges: [changeAt(11), changeAt(12)] });
  const { samples, viewChanges, nowMs } = joined(known, newer);
  expect(samples.map(({ at }) => (at - start) / 1_000)).toEqual([5, 10, 15]);
  expect(viewChanges.map(({ at }) => (at - start) / 1_000)).toEqual([7, 11, 12]);
  expect(nowMs).toBe(newer.nowMs);
});

test('what is older than the span leaves', () => {
  const known = history(10, { samples: [sampleAt(5), sampleAt(10)], viewChanges: [changeAt(5)] });
  const { samples, viewChanges } = joined(known, history(3_608, { samples: [sampleAt(3_608)] }));
  expect(samples).toHaveLength(2);
  expect(viewChanges).toEqual([]);
});

test('rates are per second of what was really measured; where nothing was timed there is no percentile', () => {
  const wait = { count: 9, p50Ms: 12, p95Ms: 40, p99Ms: 41 };
  const rates = ratesOf([sampleAt(5, { failed: 5, wait }), sampleAt(12, { overMs: 10_000 })]);
  expect(rates.succeeded).toEqual([2, 1]);
  expect(rates.failed).toEqual([1, 0]);
  expect(rates.p95).toEqual([40, null]);
});

test('a gap in the samples is a gap in the chart', () => {
  const rates = ratesOf([sampleAt(5), sampleAt(10), sampleAt(60)]);
  expect(rates.moments.map((at) => (at - start) / 1_000)).toEqual([5, 10, 55, 60]);
  expect(rates.succeeded).toEqual([2, 2, null, 2]);
});
