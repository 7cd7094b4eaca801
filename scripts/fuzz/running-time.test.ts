import { expect, test } from 'vitest';
import { createRunningTime } from './running-time.ts';

test('what lies between two questions counts, up to a bound: a stopped process does not age', () => {
  let nowMs = 1_000;
  const ranMs = createRunningTime(100, () => nowMs);
  expect(ranMs()).toBe(0);
  nowMs += 60;
  expect(ranMs()).toBe(60);
  nowMs += 480_000;
  expect(ranMs()).toBe(160);
  nowMs += 100;
  expect(ranMs()).toBe(260);
});
