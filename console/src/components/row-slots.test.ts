import { expect, test } from 'vitest';
import { assignSlots, type RowSlots } from './row-slots.ts';

const shown: RowSlots = assignSlots(new Map(), ['a', 'b', 'c']);
const slots = (keys: readonly string[]): readonly number[] => [...assignSlots(shown, keys).values()];

test.each<[string, readonly string[], readonly number[]]>([
  ['the same rows: nothing moves', ['a', 'b', 'c'], [0, 1, 2]],
  ['others altogether: each element in its place', ['x', 'y', 'z'], [0, 1, 2]],
  ['fewer', ['x', 'y'], [0, 1]],
  ['more', ['x', 'y', 'z', 'w'], [0, 1, 2, 3]],
  ['one further down: the top one becomes the last', ['b', 'c', 'd'], [1, 2, 0]],
  ['one further up: a new one, and no other moves', ['z', 'a', 'b'], [3, 0, 1]],
  ['new above and below', ['z', 'b', 'd'], [3, 1, 0]],
  ['none', [], []],
])('%s', (_name, keys, expected) => {
  expect(slots(keys)).toEqual(expected);
});

test('no two rows share an element, however the list is crossed', () => {
  let before: RowSlots = new Map();
  for (const first of [0, 3, 40, 38, 0, 2, 90, 10, 11]) {
    before = assignSlots(
      before,
      Array.from({ length: 12 + (first % 3) }, (_, at) => String(first + at)),
    );
    expect(new Set(before.values()).size).toBe(before.size);
    expect([...before.keys()][0]).toBe(String(first));
  }
});
