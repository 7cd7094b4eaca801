import { expect, test } from 'vitest';
import { type HeldKey, keysAt, keysWhen, whenOf } from './held.ts';

const own = { holder: 'alpha', kind: 'consensus' } as const;
const first: HeldKey = { ...own, key: 'a', since: 0, until: 5 };
const second: HeldKey = { ...own, key: 'b', since: 5 };

test.each([
  [0, [first]],
  [4, [first]],
  [5, [first, second]],
  [6, [second]],
])('at height %s', (height, held) => {
  expect(keysAt([first, second], height)).toEqual(held);
});

test('nobody holds a key before it was registered', () => {
  expect(keysAt([second], 4)).toEqual([]);
});

test('those in use, all of them, those of a height; newest first', () => {
  const keys = [first, second];
  expect(keysWhen(keys, { now: true })).toEqual([second]);
  expect(keysWhen(keys, { all: true })).toEqual([second, first]);
  expect(keysWhen(keys, { height: 3 })).toEqual([first]);
});

test('what the address asks for', () => {
  expect(whenOf('')).toEqual({ now: true });
  expect(whenOf('all')).toEqual({ all: true });
  expect(whenOf('12')).toEqual({ height: 12 });
  expect(whenOf('-1')).toBeUndefined();
  expect(whenOf('soon')).toBeUndefined();
});
