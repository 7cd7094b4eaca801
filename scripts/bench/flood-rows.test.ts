import { expect, test } from 'vitest';
import { type Flood, latencyHolds, type Measured, memoryHolds, rowOf } from './flood-rows.ts';

const run = (flood: Flood, p99Ms: number, more: Partial<Measured> = {}): Measured => ({
  flood,
  busyBefore: 0,
  completed: 1,
  p50Ms: 20,
  p99Ms,
  residentBefore: 200,
  residentMax: 250,
  framesPerSecond: 10,
  mebibytesPerSecond: 1,
  ...more,
});

/** One round of three was disturbed, whichever kind it met. */
const rounds = [
  ...[run('none', 100), run('spinning', 120), run('junk', 150)],
  ...[run('none', 900), run('spinning', 110), run('junk', 160, { residentMax: 300 })],
  ...[run('none', 90), run('spinning', 130), run('junk', 999, { completed: 0.995 })],
];

test('medians count, so that one disturbed round changes nothing', () => {
  const row = rowOf('junk', rounds);
  expect(row).toMatchObject({ p99Ms: 160, p99MsOfRounds: [150, 160, 999], p99Ratio: 1.6 });
  expect(row.p99RatioToSpinning).toBe(1.33);
});

test('completion and memory are those of the worst round', () => {
  const row = rowOf('junk', rounds);
  expect(row).toMatchObject({ completed: 0.995, residentBefore: 200, residentMax: 300 });
  expect([latencyHolds([row]), memoryHolds([row])]).toEqual([true, true]);
});

test('the bounds are broken by twice the latency, by what is not completed, and by memory', () => {
  const row = rowOf('junk', rounds);
  expect(latencyHolds([row, { ...row, p99Ratio: 2.01 }])).toBe(false);
  expect(latencyHolds([{ ...row, completed: 0.98 }])).toBe(false);
  expect(memoryHolds([{ ...row, residentMax: 457 }])).toBe(false);
});
