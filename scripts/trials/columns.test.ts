import { expect, test } from 'vitest';
import { columns } from './columns.ts';

test('the first column stands left, numbers right, the last as it is', () => {
  const rows = [
    ['step', 'n', ''],
    ['joins', '5', 'a note'],
    ['x', '123', ''],
  ];
  expect(columns(rows)).toBe(['step     n', 'joins    5  a note', 'x      123'].join('\n'));
});
