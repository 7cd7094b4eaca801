import { expect, test } from 'vitest';
import { ratePerSecond } from './rate.ts';

test('transactions fall into the second of their block, the running second is left out', () => {
  const blocks = [
    { time: 10_900, transactions: 99 },
    { time: 9_999, transactions: 3 },
    { time: 9_000, transactions: 2 },
    { time: 7_500, transactions: 1 },
    { time: 1_000, transactions: 50 },
  ];
  expect(ratePerSecond(blocks, 10_950, 3)).toEqual([1, 0, 5]);
});

test('without blocks every second is zero', () => {
  expect(ratePerSecond([], 10_000, 4)).toEqual([0, 0, 0, 0]);
});
