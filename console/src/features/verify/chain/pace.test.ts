import { expect, test } from 'vitest';
import { percentOf, rateText, timeLeftText } from './pace.ts';
import type { ChainProgress } from './protocol.ts';

const progress = { height: 4_000, runBlocks: 3_000, runMs: 1_500 } as ChainProgress;

test('rate and time left are of this run, whatever was verified before', () => {
  expect(rateText(progress)).toBe('2,000 blocks/s');
  expect(timeLeftText(progress, 10_000)).toBe('3.0 s');
  expect(timeLeftText(progress, 3_000)).toBe('0.0 s');
});

test('nothing is told of a run that has hardly begun', () => {
  const begun = { ...progress, runBlocks: 0, runMs: 20 };
  expect(rateText(begun)).toBe('not known yet');
  expect(timeLeftText(begun, 10_000)).toBe('not known yet');
});

test.each([
  [0, 10, 0],
  [9_999, 10_000, 99],
  [10_000, 10_000, 100],
  [12, 10, 100],
  [0, 0, 100],
])('%d of %d blocks are %d %%', (height, target, percent) => {
  expect(percentOf(height, target)).toBe(percent);
});
