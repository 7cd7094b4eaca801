import { expect, test } from 'vitest';
import { createHistogram, waitBounds } from '../../runtime/telemetry/histogram.ts';
import { percentilesBetween } from './percentiles.ts';

test('nothing between two snapshots has no percentiles', () => {
  const histogram = createHistogram([1, 2]);
  histogram.observe(1);
  expect(percentilesBetween(histogram.snapshot(), histogram.snapshot())).toBeUndefined();
});

test('only what came between counts', () => {
  const histogram = createHistogram([1, 2, 4, 8]);
  for (let i = 0; i < 1_000; i++) histogram.observe(8);
  const before = histogram.snapshot();
  for (let i = 0; i < 10; i++) histogram.observe(2);
  expect(percentilesBetween(before, histogram.snapshot())).toEqual({
    count: 10,
    p50: 1.5,
    p95: 1.95,
    p99: 1.99,
  });
});

test('what is above the last bound is said to be the last bound', () => {
  const histogram = createHistogram([1, 2]);
  histogram.observe(100);
  expect(percentilesBetween(undefined, histogram.snapshot())).toMatchObject({ p50: 2, p99: 2 });
});

test('are within an eighth of the true ones, over four orders of magnitude', () => {
  const histogram = createHistogram(waitBounds);
  const values = Array.from({ length: 5_000 }, (_, index) => 0.004 * 1.002 ** index).filter(
    (value) => value < 60,
  );
  for (const value of values) histogram.observe(value);
  const found = percentilesBetween(undefined, histogram.snapshot());
  for (const [share, name] of [
    [0.5, 'p50'],
    [0.95, 'p95'],
    [0.99, 'p99'],
  ] as const) {
    const wanted = values[Math.ceil(share * values.length) - 1]!;
    expect(Math.abs((found?.[name] ?? 0) - wanted) / wanted).toBeLessThan(0.125);
  }
});
