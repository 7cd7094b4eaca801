import { expect, it } from 'vitest';
import { intervalAt, isSnapshotHeight } from './snapshot-heights.ts';

const due = (from: number, to: number, every: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((height) =>
    isSnapshotHeight(height, every),
  );

it('takes one at every multiple of the interval, and none if there is no interval', () => {
  expect(due(1, 40, 10)).toEqual([10, 20, 30, 40]);
  expect(due(1, 40, 0)).toEqual([]);
});

it('the interval doubles with the height, so that work for a block stays the same', () => {
  expect([1, 79, 80, 159, 160, 320].map((height) => intervalAt(height, 10))).toEqual([
    10, 10, 20, 20, 40, 80,
  ]);
  expect(due(60, 180, 10)).toEqual([60, 70, 80, 100, 120, 140, 160]);
});

it('leaves at most a quarter of the chain, or one interval, behind the newest', () => {
  let newest = 0;
  const tooFar: number[] = [];
  for (let height = 1; height <= 20_000; height += 1) {
    if (height - newest > Math.max(10, height / 4)) tooFar.push(height);
    if (isSnapshotHeight(height, 10)) newest = height;
  }
  expect([newest, tooFar]).toEqual([17_920, []]);
});

it('each interval divides what follows: a height that is due is a multiple of the first interval', () => {
  expect(due(1, 20_000, 7).filter((height) => height % 7 !== 0)).toEqual([]);
});
