import { afterEach, expect, test, vi } from 'vitest';
import { dueBy, runOpenLoop } from './open-loop.ts';

const options = { ratePerSecond: 5, durationMs: 1_000, tickMs: 1, nowMs: () => 0 };

test('an item is due at its intended time, not an interval later', () => {
  expect([0, 199, 200, 399, 400, 999].map((elapsedMs) => dueBy(elapsedMs, options))).toEqual([
    1, 1, 2, 2, 3, 5,
  ]);
});

test('all items are due when the duration is over, and none more', () => {
  expect([1_000, 5_000].map((elapsedMs) => dueBy(elapsedMs, options))).toEqual([5, 5]);
});

afterEach(() => vi.useRealTimers());

test('every item is sent once, at its time or within a tick of it, and the loop sleeps in between', async () => {
  vi.useFakeTimers();
  const sent: (readonly [atMs: number, first: number, count: number])[] = [];
  let looks = 0;
  // Each look at the clock takes time: what is nearest is waited for awake.
  const nowMs = (): number => {
    looks += 1;
    return Date.now() + looks / 100;
  };
  const startMs = Date.now();
  const ended = runOpenLoop({ ratePerSecond: 4, durationMs: 1_000, tickMs: 1, nowMs }, ({ first, count }) =>
    sent.push([Date.now() + looks / 100 - startMs, first, count]),
  );
  await vi.runAllTimersAsync();
  await ended;
  expect(sent.map(([, first, count]) => [first, count])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
  // At its time, and not a timer's granularity later.
  for (const [atMs, first] of sent) expect(atMs - 250 * first).toBeCloseTo(0, 0);
  expect(looks).toBeLessThan(1_000);
});

test('what falls due within a tick leaves together', async () => {
  vi.useFakeTimers();
  const counts: number[] = [];
  const ended = runOpenLoop(
    { ratePerSecond: 1_000, durationMs: 100, tickMs: 40, nowMs: () => Date.now() },
    ({ count }) => counts.push(count),
  );
  await vi.runAllTimersAsync();
  await ended;
  expect(counts).toEqual([1, 40, 40, 19]);
});
