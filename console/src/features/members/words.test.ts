import { expect, test } from 'vitest';
import { shareInWords } from './words.ts';

test.each([
  [[1, 2], 3, 4, 'more than 1/2: 3 of 4 members'],
  [[2, 3], 1, 1, 'more than 2/3: 1 of 1 member'],
  [[1023, 1024], 4, 4, 'all: 4 of 4 members'],
] as const)('more than %j, which is %s of %s: %s', ([part, of], needed, members, words) => {
  expect(shareInWords({ more: [part, of], needed }, members)).toBe(words);
});
