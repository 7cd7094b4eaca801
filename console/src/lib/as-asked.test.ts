import { expect, test } from 'vitest';
import { asAsked } from './as-asked.ts';
import { GatewayError } from './gateway-error.ts';

const namesOf = ({ hash, height }: { hash: string; height: number }): string[] => [hash, String(height)];

test('an answer by any of its names is what was asked for', () => {
  const block = { hash: 'ab', height: 7 };
  expect(asAsked('ab', block, namesOf)).toBe(block);
  expect(asAsked('7', block, namesOf)).toBe(block);
});

test('an answer about something else is not shown', () => {
  expect(() => asAsked('8', { hash: 'ab', height: 7 }, namesOf)).toThrow(GatewayError);
});
