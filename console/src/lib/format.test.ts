import { describe, expect, test } from 'vitest';
import {
  fingerprint,
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  plural,
  shortenHash,
} from './format.ts';

describe('format', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1204, '1,204'],
    [18446744073709551615n, '18,446,744,073,709,551,615'],
  ])('counts group thousands: %s', (value, text) => expect(formatCount(value)).toBe(text));

  test('a long hash keeps eight digits in front and four behind', () => {
    expect(shortenHash(`a1b2c3d4${'0'.repeat(52)}9e8f`)).toBe('a1b2c3d4…9e8f');
    expect(shortenHash('validator-1')).toBe('validator-1');
  });

  test('a fingerprint is the whole hash in groups of four', () => {
    expect(fingerprint('0123456789abcdef')).toEqual(['0123', '4567', '89ab', 'cdef']);
  });

  test.each([
    [-50, '0.0 s'],
    [840, '0.8 s'],
    [41_000, '41 s'],
    [240_000, '4 min'],
    [3 * 3_600_000, '3 h'],
    [5 * 86_400_000, '5 d'],
  ])('durations take the largest unit that fits: %s', (value, text) =>
    expect(formatDuration(value)).toBe(text),
  );

  test.each([
    [0, '0 B'],
    [512, '512 B'],
    [1536, '1.5 KiB'],
    [12 * 1024 * 1024, '12 MiB'],
  ])('bytes: %s', (value, text) => expect(formatBytes(value)).toBe(text));

  test('rates and plurals', () => {
    expect(formatRate(3.44)).toBe('3.4');
    expect(formatRate(1250.2)).toBe('1,250');
    expect(plural(1, 'block')).toBe('1 block');
    expect(plural(2, 'reply', 'replies')).toBe('2 replies');
  });
});
