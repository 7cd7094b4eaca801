import { expect, test } from 'vitest';
import { concatBytes } from '../codec/hex.ts';
import { sha256 } from './sha256.ts';
import { sha256Parts } from './sha256-parts.ts';

test.each([
  [0, 0, 0],
  [1, 32, 32],
  [20, 4075, 1],
  [20, 4076, 1],
  [1, 10_000, 5],
])('parts of %i, %i and %i bytes hash as their concatenation', (...sizes) => {
  const [first, second, third] = sizes.map((size, i) => new Uint8Array(size).fill(i + 1)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  expect(sha256Parts(first, second, third)).toEqual(sha256(concatBytes(first, second, third)));
  expect(sha256Parts(first, second)).toEqual(sha256(concatBytes(first, second)));
});
