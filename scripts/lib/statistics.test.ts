import { expect, test } from 'vitest';
import { median, percentile, rounded } from './statistics.ts';

test('nearest-rank percentiles', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0.5, 0.95, 0.99, 1].map((fraction) => percentile(hundred, fraction))).toEqual([50, 95, 99, 100]);
  expect(median([3, 1, 2])).toBe(2);
  expect(percentile([], 0.5)).toBeNaN();
});

test('figures keep what a reader can use', () => {
  expect([rounded(Math.PI), rounded(99.96), rounded(1234.5)]).toEqual([3.1, 100, 1235]);
});
