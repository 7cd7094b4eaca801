import { describe, expect, it } from 'vitest';
import { csvRecords } from './source-rows.ts';

describe('the plain reading of CSV', () => {
  it.each([
    [
      'quoted newlines, commas and quotes',
      'a,b\r\n"1\n2","x ""y"", z"\r\n',
      [
        ['a', 'b'],
        ['1\n2', 'x "y", z'],
      ],
    ],
    [
      'empty cells, also quoted ones and at the end',
      'a,b,c\n,"",\n',
      [
        ['a', 'b', 'c'],
        ['', '', ''],
      ],
    ],
    ['a last line without an end', 'a\n1', [['a'], ['1']]],
    [
      'a last empty cell without an end',
      'a,b\n1,',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    ['empty lines, which are no records', 'a\n\n1\r\n\r\n', [['a'], ['1']]],
    ['a line of one quoted empty cell, which is one', 'a\n""\n', [['a'], ['']]],
  ])('takes %s', (_, text, records) => {
    expect(csvRecords(text)).toEqual(records);
  });
});
