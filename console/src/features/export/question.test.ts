import { expect, test } from 'vitest';
import { questionOf } from './question.ts';

const asked = (text: string) => questionOf(new URLSearchParams(text));

test('nothing in the address asks for all transactions as CSV', () => {
  expect(asked('')).toEqual({ isWhole: true, query: { of: 'transactions', format: 'csv' } });
});

test('heights are numbers; filters of the other subject are left out', () => {
  expect(asked('of=events&format=car&type=x&sender=alpha.admin&fromHeight=3&toHeight=9')).toEqual({
    isWhole: true,
    query: { of: 'events', format: 'car', type: 'x', fromHeight: 3, toHeight: 9 },
  });
});

test.each([
  ['label=port', 'Label'],
  ['action=nonsense', 'Action'],
  ['fromHeight=x', 'From block'],
])('%s is not whole, and the page says which', (text, name) => {
  expect(asked(text)).toMatchObject({ isWhole: false, reason: expect.stringContaining(name) });
});
