import { expect, test } from 'vitest';
import { createSystemClock } from '../system-ports.ts';
import { readClockOffsetMs } from './clock-offset.ts';

test.each([
  [undefined, 0],
  ['', 0],
  ['-40000', -40_000],
  ['+3600000', 3_600_000],
])('%s is an offset of %i ms', (text, offsetMs) => {
  expect(readClockOffsetMs({ CONCORDAT_CLOCK_OFFSET_MS: text })).toBe(offsetMs);
});

test.each(['1h', '1.5', '0x10', ' 5'])('%j is refused by name', (text) => {
  expect(() => readClockOffsetMs({ CONCORDAT_CLOCK_OFFSET_MS: text })).toThrow(
    /CONCORDAT_CLOCK_OFFSET_MS.*milliseconds/s,
  );
});

test('the wall clock is ahead by the offset, the monotonic one is not', () => {
  const hourMs = 3_600_000;
  const clock = createSystemClock(hourMs);
  clock.stop();
  expect(clock.wallMs()).toBeGreaterThan(Date.now() + hourMs / 2);
  expect(clock.monotonicMs()).toBeLessThan(hourMs / 2);
});
