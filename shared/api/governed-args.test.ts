import { expect, test } from 'vitest';
import { governedArgsOfJson, jsonOfGovernedArgs } from './governed-args.ts';

const bytes = (length: number, first: number): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (first + index) % 256);

test('keys and incarnations are hex, proofs base64url, also of a new admin; the way back yields the same', () => {
  const args = {
    id: 'echo',
    key: bytes(32, 1),
    incarnation: bytes(16, 2),
    possession: { consensus: bytes(64, 3), node: bytes(64, 4) },
    admin: { id: 'echo.admin', key: bytes(32, 5), possession: bytes(64, 250) },
    set: { window: 7 },
    more: [1, 2],
    digests: [bytes(32, 1), bytes(32, 6)],
  };
  const json = jsonOfGovernedArgs(args);
  expect(json).toMatchObject({
    key: '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20',
    incarnation: '02030405060708090a0b0c0d0e0f1011',
    possession: { consensus: expect.stringMatching(/^[\w-]{86}$/) },
    admin: { possession: expect.stringMatching(/^-vv8/) },
    set: { window: 7 },
    digests: [
      '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20',
      expect.stringMatching(/^0607/),
    ],
  });
  expect(governedArgsOfJson(JSON.parse(JSON.stringify(json)) as Record<string, unknown>)).toEqual(args);
});

test.each([
  { key: 'no hex' },
  { key: 7 },
  { possession: '!' },
  { possession: null },
  { digests: 'ab' },
  { digests: [7, 'no hex'] },
  { admin: 'echo.admin' },
])('what is not in the form of bytes stays as it is, for the ledger to name: %j', (args) => {
  expect(governedArgsOfJson(args)).toEqual(args);
});

test('bytes are meant by these names alone, and not inside of other values', () => {
  const args = { schema: { key: 'ab', possession: 'AAAA' }, reason: 'ab' };
  expect(governedArgsOfJson(args)).toEqual(args);
});
