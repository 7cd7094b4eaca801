import { expect, test } from 'vitest';
import { formatAmount, shareOf } from './amount.ts';

test.each([
  ['1250500', 3, '1,250.500'],
  ['5', 3, '0.005'],
  ['0', 2, '0.00'],
  ['18446744073709551615', 0, '18,446,744,073,709,551,615'],
  ['18446744073709551615', 30, '0.000000000018446744073709551615'],
])('%s with %i decimals is %s', (amount, decimals, text) => {
  expect(formatAmount(amount, decimals)).toBe(text);
});

test('shares are exact for amounts beyond what a number holds', () => {
  expect(shareOf('9223372036854775807', '18446744073709551615')).toBe(0.5);
  expect(shareOf('849950', '1000000')).toBe(0.85);
  expect(shareOf('150049', '1000000')).toBe(0.15);
  expect(shareOf('1', '1')).toBe(1);
  expect(shareOf('0', '0')).toBe(0);
});
