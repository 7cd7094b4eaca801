import { expect, test } from 'vitest';
import type { Proven } from './checks.ts';
import { refuseContradiction, seenOf } from './contradiction.ts';

const proven: Proven = { network: 'n', height: 7, block: 'aa', time: 1 };

test('a certified block that contradicts one seen before is not believed, whichever is right', () => {
  expect(() => refuseContradiction({ network: 'n', height: 7, block: 'bb' }, proven)).toThrow(
    'another block at height 7',
  );
});

test.each([
  undefined,
  { network: 'n', height: 7, block: 'aa' },
  { network: 'n', height: 8, block: 'bb' },
  { network: 'other', height: 7, block: 'bb' },
])('%j contradicts nothing', (known) => {
  expect(() => refuseContradiction(known, proven)).not.toThrow();
  expect(() => refuseContradiction(known, undefined)).not.toThrow();
});

test('what was seen of another network says nothing of this one', () => {
  const known = { network: 'n', height: 7, block: 'aa' };
  expect([seenOf(known, 'n'), seenOf(known, 'other'), seenOf(undefined, 'n')]).toEqual([
    known,
    undefined,
    undefined,
  ]);
});
