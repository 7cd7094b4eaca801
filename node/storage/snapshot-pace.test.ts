import { expect, it } from 'vitest';
import { createPace } from './snapshot-pace.ts';

it('is unhurried while it is ahead of its time, and hurried when it is late', () => {
  const pace = createPace(1_000, 20_000);
  // Ten seconds for the whole: a tenth is done after half a second, and after two.
  expect(pace.pauseMs(1_500, 0.1, 4)).toBe(120);
  expect(pace.pauseMs(3_000, 0.1, 4)).toBe(20);
  expect(pace.pauseMs(3_000, 0.1, 10)).toBe(50);
});

it('a long turn is followed by a long pause, a short one by a pause all the same', () => {
  const pace = createPace(0, undefined);
  expect(pace.pauseMs(1, 0.5, 25)).toBe(750);
  expect(pace.pauseMs(1, 0.5, 0)).toBe(20);
});

it('takes twelve seconds, if that is enough, however far apart snapshots are', () => {
  const pace = createPace(0, 86_400_000);
  expect(pace.pauseMs(5_900, 0.5, 4)).toBe(120);
  expect(pace.pauseMs(6_100, 0.5, 4)).toBe(20);
});

/** A whole snapshot of so many turns, with the time that it took and the share of a processor. */
function whole(intervalMs: number | undefined, turns: number, turnMs: number) {
  const pace = createPace(0, intervalMs);
  let nowMs = 0;
  for (let turn = 1; turn <= turns; turn += 1) {
    nowMs += turnMs;
    nowMs += pace.pauseMs(nowMs, turn / turns, turnMs);
  }
  return { nowMs, share: (turns * turnMs) / nowMs };
}

it('ends in time if a sixth of a processor suffices, and takes no more than that otherwise', () => {
  expect(whole(100_000, 200, 5).nowMs).toBeLessThan(13_000);
  expect(whole(100_000, 200, 5).share).toBeLessThan(0.1);
  expect(whole(10_000, 500, 5).share).toBeLessThan(0.17);
  expect(whole(undefined, 20, 5).share).toBeLessThan(0.04);
});
