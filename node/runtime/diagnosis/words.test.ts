import { expect, test } from 'vitest';
import { countOf, durationText } from './words.ts';

test('one is told in the singular, everything else in the plural', () => {
  expect([0, 1, 2, 1_204].map((count) => countOf(count, 'event'))).toEqual([
    '0 events',
    '1 event',
    '2 events',
    '1,204 events',
  ]);
  expect([1, 2].map((count) => countOf(count, 'identity', 'identities'))).toEqual([
    '1 identity',
    '2 identities',
  ]);
  expect([2, 3].map((days) => durationText(days * 86_400_000))).toEqual(['2 days', '3 days']);
});
