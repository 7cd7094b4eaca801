import { expect, test } from 'vitest';
import type { HeldKey } from './held.ts';
import { barInWords, barsOf } from './timeline.ts';

const of = (holder: string) => ({ holder, standing: 'validator', kind: 'consensus' }) as const;
const keys: readonly HeldKey[] = [
  { ...of('beta'), key: 'b1', registered: 0, from: 1 },
  { ...of('alpha'), key: 'a2', registered: 10, from: 26 },
  { ...of('alpha'), key: 'a1', registered: 0, from: 1, until: 26 },
  { ...of('alpha'), key: 'a3', registered: 40 },
  { holder: 'alpha', standing: 'validator', kind: 'node', key: 'n', registered: 0, from: 0 },
];

test('one bar for each validator, its keys one after the other; node keys and keys that never came into force are on none', () => {
  const bars = barsOf(keys, 100);
  expect(bars.map(({ holder, segments }) => [holder, segments.map(({ key }) => key)])).toEqual([
    ['alpha', ['a1', 'a2']],
    ['beta', ['b1']],
  ]);
  expect(bars[0]!.segments.map(({ startPercent, widthPercent }) => [startPercent, widthPercent])).toEqual([
    [0, 25],
    [25, 75],
  ]);
  expect(bars[1]!.segments[0]).toMatchObject({ startPercent: 0, widthPercent: 100, to: undefined });
});

test('a bar never leaves its place, even for a key whose first block is not there yet', () => {
  for (const height of [0, 1, 25])
    for (const { segments } of barsOf(keys, height))
      for (const { startPercent, widthPercent } of segments) {
        expect(startPercent).toBeGreaterThanOrEqual(0);
        expect(startPercent + widthPercent).toBeLessThanOrEqual(100);
      }
});

test('a bar is told in words', () => {
  expect(barInWords(barsOf(keys, 100)[0]!, (key) => key)).toBe(
    'alpha: a1 in blocks 1 to 25, then a2 since block 26',
  );
});
