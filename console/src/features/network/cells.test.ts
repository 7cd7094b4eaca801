import { expect, test } from 'vitest';
import { cellOf, formatMs, formatOffsetMs } from './cells.ts';
import type { MatrixRow } from './observers.ts';

const row: MatrixRow = {
  validator: 'beta',
  member: 'm',
  gateway: '',
  isSelf: false,
  isPrimary: false,
  view: 2,
  height: 1204,
  lag: 30,
  seen: {
    validator: 'beta',
    connected: true,
    roundTripMs: 3.14,
    clockOffsetMs: -1_250,
    lastMessageAgeMs: 300,
  },
};

test.each([
  ['roundTrip', '3.1 ms'],
  ['clock', '−1.3 s'],
  ['height', '1,204'],
  ['view', '2'],
] as const)('%s in the cell, all in its words', (figure, text) => {
  expect(cellOf('alpha', 'beta', row, figure)).toEqual({
    kind: 'lagging',
    text,
    words:
      'alpha sees beta: lagging, height 1,204, 30 blocks behind, view 2, round trip 3.1 ms, clock −1.3 s, heard 0.3 s ago',
  });
});

test('what is offline, what was never heard, and the node itself differ', () => {
  const { seen: _, ...unheard } = row;
  const kinds = [
    { ...row, seen: { ...row.seen!, connected: false } },
    unheard,
    { ...unheard, isSelf: true, lag: 0 },
    undefined,
  ].map((one) => cellOf('alpha', 'beta', one, 'roundTrip'));
  expect(kinds.map(({ kind, text }) => [kind, text])).toEqual([
    ['offline', '3.1 ms'],
    ['unknown', '–'],
    ['reported', 'self'],
    ['unknown', '–'],
  ]);
});

test('milliseconds', () => {
  expect([0.04, 9.96, 240.4, 1_500].map(formatMs)).toEqual(['0.0 ms', '10.0 ms', '240 ms', '1.5 s']);
  expect([formatMs(undefined), formatOffsetMs(undefined), formatOffsetMs(2)]).toEqual(['–', '–', '+2.0 ms']);
});
