import { expect, test } from 'vitest';
import { oneLine, printable } from './io.ts';

test.each([
  ['\u001b[2J\u001b[31mVerified', '\\u001b[2J\\u001b[31mVerified'],
  ['a\rb\u0007\u009b\u007f', 'a\\u000db\\u0007\\u009b\\u007f'],
  ['abc\u202ecba\u2066', 'abc\\u202ecba\\u2066'],
  ['two\nlines\tand 日本 Ελλάδα 🚢', 'two\nlines\tand 日本 Ελλάδα 🚢'],
])('what a terminal would obey is shown instead: %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('JSON means the same afterwards', () => {
  const value = { name: '\u202e\u009b\u001b[2J', list: ['\r\n\t'] };
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
});

test('a name among columns makes no line of its own', () => {
  expect(oneLine('made\n9\tforged')).toBe('made\\u000a9\\u0009forged');
});
