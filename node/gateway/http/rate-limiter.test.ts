import { expect, test } from 'vitest';
import { RateLimiter } from './rate-limiter.ts';

test('a bucket empties, says how long to wait, and fills with time', () => {
  const limiter = new RateLimiter({ tokensPerSecond: 10, burst: 2, addressesMax: 10 });
  expect([limiter.take('a', 0), limiter.take('a', 0), limiter.take('a', 0)]).toEqual([0, 0, 100]);
  expect(limiter.take('b', 0)).toBe(0);
  expect([limiter.take('a', 100), limiter.take('a', 100)]).toEqual([0, 100]);
  expect([limiter.take('a', 10_000), limiter.take('a', 10_000), limiter.take('a', 10_000)]).toEqual([
    0, 0, 100,
  ]);
});

test('the address seen longest ago is forgotten first', () => {
  const limiter = new RateLimiter({ tokensPerSecond: 1, burst: 1, addressesMax: 2 });
  limiter.take('a', 0);
  limiter.take('b', 0);
  limiter.take('a', 0);
  limiter.take('c', 0);
  expect(limiter.take('a', 0)).toBeGreaterThan(0);
  expect(limiter.take('b', 0)).toBe(0);
});

test('a clock that steps back takes nothing away', () => {
  const limiter = new RateLimiter({ tokensPerSecond: 1, burst: 2, addressesMax: 2 });
  expect([limiter.take('a', 5_000), limiter.take('a', 0)]).toEqual([0, 0]);
});
