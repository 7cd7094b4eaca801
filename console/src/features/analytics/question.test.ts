import { expect, test } from 'vitest';
import { analyticsQuerySchema } from '../../../../shared/api.ts';
import { barsOf, groupings, questionOf, ranges } from './question.ts';

const now = Date.parse('2026-03-01T12:34:56Z');

test('every choice is a question that the API takes, the same one within a minute', () => {
  for (const { value: by } of groupings)
    for (const { value: range } of ranges) {
      const question = questionOf(by, range, now);
      expect(analyticsQuerySchema.parse(question)).toEqual(question);
      expect(questionOf(by, range, now + 3_000)).toEqual(question);
    }
  expect(questionOf('time', 'hour', now)).toMatchObject({
    from: Date.parse('2026-03-01T11:34:00Z'),
    bucketMs: 60_000,
  });
  expect(questionOf('sender', 'all', now)).toEqual({ by: 'sender', limit: 1_000 });
});

const row = (key: string, succeeded: number) => ({ key, succeeded, failed: 1 });

test('empty spans of time are drawn, from the first row to the last', () => {
  const bars = barsOf([row('2026-03-01T10:00:00.000Z', 5), row('2026-03-01T13:00:00.000Z', 7)], 'all', now);
  expect(bars.succeeded).toEqual([5, 0, 0, 7]);
  expect(bars.failed).toEqual([1, 0, 0, 1]);
  expect(barsOf([], 'hour', now).moments).toEqual([]);
});

test('a chart of an hour shows the whole hour', () => {
  const { moments, succeeded } = barsOf([row('2026-03-01T12:30:00.000Z', 5)], 'hour', now);
  expect(moments).toHaveLength(61);
  expect(moments.at(-1)).toBe(Date.parse('2026-03-01T12:34:00Z'));
  expect(succeeded.reduce((sum, each) => sum + each, 0)).toBe(5);
});

test('two moments years apart do not make a million bars', () => {
  const rows = [row('2020-01-01T00:00:00.000Z', 1), row('2026-01-01T00:00:00.000Z', 1)];
  expect(barsOf(rows, 'all', now).moments).toHaveLength(2);
});
