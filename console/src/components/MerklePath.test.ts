import { expect, test } from 'vitest';
import { levelsOf } from './MerklePath.tsx';

const sides = (index: number, size: number, length: number) =>
  levelsOf(index, size, Array.from({ length }, () => '00')).map(({ siblingOnLeft }) => siblingOnLeft);

test('in a full tree of four the sides are the bits of the index', () => {
  expect(sides(0, 4, 2)).toEqual([false, false]);
  expect(sides(1, 4, 2)).toEqual([true, false]);
  expect(sides(2, 4, 2)).toEqual([false, true]);
  expect(sides(3, 4, 2)).toEqual([true, true]);
});

test('the last leaf of an uneven tree skips the levels where it has no sibling', () => {
  expect(sides(6, 7, 2)).toEqual([true, true]);
  expect(sides(4, 5, 1)).toEqual([true]);
});
