import { expect, test } from 'vitest';
import { shownContent } from './content.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test('text is shown as it is, with its lines', () => {
  expect(shownContent(bytesOf('für alle\n\t<b>7</b>\r\n'))).toBe('für alle\n\t<b>7</b>\r\n');
  expect(shownContent(new Uint8Array())).toBe('');
});

test('what would turn or hide its surroundings is named', () => {
  expect(shownContent(bytesOf('a\u202eb\u0000c\u001b[2J'))).toBe('a\\u202eb\\u0000c\\u001b[2J');
});

test('bytes that are no text are none', () => {
  expect(shownContent(Uint8Array.of(0xff, 0xfe, 0x00))).toBeUndefined();
});
