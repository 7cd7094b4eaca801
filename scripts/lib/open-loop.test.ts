import { expect, test } from 'vitest';
import { dueBy } from './open-loop.ts';

const options = { ratePerSecond: 5, durationMs: 1_000, tickMs: 1, nowMs: () => 0 };

test('an item is due at its intended time, not an interval later', () => {
  expect([0, 199, 200, 399, 400, 999].map((elapsedMs) => dueBy(elapsedMs, options))).toEqual([
    1, 1, 2, 2, 3, 5,
  ]);
});

test('all items are due when the duration is over, and none more', () => {
  expect([1_000, 5_000].map((elapsedMs) => dueBy(elapsedMs, options))).toEqual([5, 5]);
});
