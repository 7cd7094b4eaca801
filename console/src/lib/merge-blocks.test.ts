import { expect, test } from 'vitest';
import type { BlockSummaryJson } from '../../../shared/api.ts';
import { mergeBlocks } from './merge-blocks.ts';

const blocks = (...heights: readonly number[]): readonly BlockSummaryJson[] =>
  heights.map((height) => ({ height }) as BlockSummaryJson);
const merged = (known: readonly number[], added: readonly number[]): readonly number[] =>
  mergeBlocks(blocks(...known), blocks(...added)).map(({ height }) => height);

test.each<[string, readonly number[], readonly number[], readonly number[]]>([
  ['nothing is added', [3, 2, 1], [], [3, 2, 1]],
  ['nothing was known', [], [1, 2], [2, 1]],
  ['newer ones, in the order in which they come', [3, 2, 1], [4, 5], [5, 4, 3, 2, 1]],
  ['some that are known', [3, 2, 1], [2, 3, 4], [4, 3, 2, 1]],
  ['one that was left out', [5, 4, 1], [3, 2], [5, 4, 3, 2, 1]],
  ['older ones than any', [5, 4], [2, 3], [5, 4, 3, 2]],
])('%s: newest first, each height once', (_name, known, added, expected) => {
  expect(merged(known, added)).toEqual(expected);
});

test('the newer word on a height counts', () => {
  const [known] = blocks(1);
  const added = { ...known!, hash: 'ab' };
  expect(mergeBlocks([known!], [added])).toEqual([added]);
});
