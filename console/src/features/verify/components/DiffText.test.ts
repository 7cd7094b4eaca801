import { expect, test } from 'vitest';
import { runsOf } from './DiffText.tsx';

test('runs alternate between equal and differing characters', () => {
  expect(runsOf('aabbcc', 'aaXXcc')).toEqual([
    { from: 0, run: 'aa', differs: false },
    { from: 2, run: 'bb', differs: true },
    { from: 4, run: 'cc', differs: false },
  ]);
});

test('what is longer differs at its end, nothing gives nothing', () => {
  expect(runsOf('abc', 'ab')).toEqual([
    { from: 0, run: 'ab', differs: false },
    { from: 2, run: 'c', differs: true },
  ]);
  expect(runsOf('', 'ab')).toEqual([]);
});
