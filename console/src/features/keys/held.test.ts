import { expect, test } from 'vitest';
import { type HeldKey, keysAt, keysWhen, whenOf } from './held.ts';

const own = { holder: 'alpha', standing: 'validator', kind: 'consensus' } as const;
const first: HeldKey = { ...own, key: 'a', registered: 0, from: 1, until: 23 };
const second: HeldKey = { ...own, key: 'b', registered: 6, from: 23 };
const lapsed: HeldKey = { ...own, key: 'c', registered: 9 };
const keys = [first, second, lapsed];

test.each([
  [0, []],
  [1, [first]],
  [22, [first]],
  [23, [second]],
])('a validator signs with one key at each height: at %s', (height, held) => {
  expect(keysWhen(keys, { height })).toEqual(held);
});

test('those in use, and all that ever were, newest first; one that never came into force is no key in use', () => {
  expect(keysWhen(keys, { now: true })).toEqual([second]);
  expect(keysWhen(keys, { all: true })).toEqual([second, lapsed, first]);
});

test.each([
  [4, ['a']],
  [5, ['a', 'b']],
  [6, ['b']],
])('in the block that replaces an identity’s key there are two: at %s', (height, held) => {
  const old = { key: 'a', since: 0, until: 5 };
  const next = { key: 'b', since: 5 };
  expect(keysAt([old, next], height).map(({ key }) => key)).toEqual(held);
  const identity = { holder: 'alpha.admin', standing: 'identity', kind: 'identity' } as const;
  const both: HeldKey[] = [
    { ...identity, key: 'a', registered: 0, from: 0, until: 5 },
    { ...identity, key: 'b', registered: 5, from: 5 },
  ];
  expect(
    keysWhen(both, { height })
      .map(({ key }) => key)
      .toSorted(),
  ).toEqual(held);
});

test('what the address asks for', () => {
  expect(whenOf('')).toEqual({ now: true });
  expect(whenOf('all')).toEqual({ all: true });
  expect(whenOf('12')).toEqual({ height: 12 });
  expect(whenOf('-1')).toBeUndefined();
  expect(whenOf('soon')).toBeUndefined();
});
