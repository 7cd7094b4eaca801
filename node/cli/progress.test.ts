import { expect, test } from 'vitest';
import type { CliIo } from './io.ts';
import { durationText, Progress, pace } from './progress.ts';

test('pace from what was done and how long it took', () => {
  expect(pace(500, 1500, 1_000)).toEqual({ perSecond: 500, secondsLeft: 3 });
  expect(pace(0, 10, 1_000)).toEqual({ perSecond: 0, secondsLeft: undefined });
});

test.each([
  [undefined, '–'],
  [0.2, '1 s'],
  [59, '59 s'],
  [61, '1 min 1 s'],
  [7_260, '2 h 1 min'],
])('%s seconds read %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test('without a terminal: a line every five seconds, with rate and time left', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const io: CliIo = {
    out: () => undefined,
    err: (line) => void lines.push(line),
    pipe: null,
    terminal: null,
    nowMs: () => nowMs,
  };
  const progress = new Progress(io, { what: 'rows', total: 100 });
  progress.update(20);
  nowMs = 4_999;
  progress.update(40);
  nowMs = 5_000;
  progress.update(70);
  progress.stop(100);
  expect(lines).toEqual(['70 of 100 rows, 10/s, 3 s left']);
});
