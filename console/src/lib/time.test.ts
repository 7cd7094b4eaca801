import { expect, test } from 'vitest';
import { formatOffset, formatTime } from './time.ts';

const noon = Date.UTC(2026, 0, 5, 12, 0, 9, 480);

test('UTC is named and has whole seconds', () => {
  expect(formatTime(noon, 'utc', noon)).toBe('2026-01-05 12:00:09 UTC');
});

test('an age is counted from now', () => {
  expect(formatTime(noon, 'age', noon + 41_000)).toBe('41 s ago');
});

test('local time carries its offset', () => {
  expect(formatTime(noon, 'local', noon)).toMatch(/^2026-01-0\d \d\d:\d\d:09 [+−]\d\d:\d\d$/);
  expect(formatOffset(330)).toBe('+05:30');
  expect(formatOffset(-210)).toBe('−03:30');
});
