import { expect, test } from 'vitest';
import { usualWaitMs } from './usual.ts';

const timed = (count: number, p50Ms: number) => ({ wait: { count, p50Ms, p95Ms: 9_000, p99Ms: 9_000 } });

test('the usual wait is that of most transactions, whatever a few of them met', () => {
  expect(usualWaitMs([timed(1, 40_000), timed(10, 200), timed(8, 300)])).toBe(200);
  expect(usualWaitMs([timed(2, 40_000), timed(1, 200)])).toBe(40_000);
});

test('where nothing was timed, nothing is usual', () => {
  expect(usualWaitMs([])).toBeUndefined();
  expect(usualWaitMs([{}, timed(0, 0)])).toBeUndefined();
});
