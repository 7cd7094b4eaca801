import { expect, it } from 'vitest';
import { createPace } from './pace.ts';

it('tells rate and time left, once something is known', () => {
  let nowMs = 5_000;
  const pace = createPace(100, () => nowMs);
  expect(pace.after(0)).toBe('');
  nowMs += 60_000;
  expect(pace.after(12)).toBe(' (12.0 a minute, 8 min left)');
  expect(pace.after(100)).toBe(' (100.0 a minute, 0 min left)');
});
