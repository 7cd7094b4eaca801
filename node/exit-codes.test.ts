import { expect, test } from 'vitest';
import { heightOf } from '../shared/types/brands.ts';
import { exitCodeOf, lastLinesOf } from './exit-codes.ts';
import { protocolStop } from './runtime/protocol-stop.ts';

test('who does not know the rules of the next block says so by name, with the next step', () => {
  const end = protocolStop(heightOf(57), { protocol: 3, newest: 2 });
  expect(exitCodeOf(end)).toBe(78);
  expect(lastLinesOf(end)?.split('\n')).toEqual([
    'The next block follows rules that this software does not know [protocol-unsupported]',
    '  height: 57',
    '  protocol: 3',
    '  newest: 2',
    'Install a version of Concordat that knows protocol 3, and start it on the same directories.',
  ]);
});

test('who was stopped says nothing more', () => {
  expect(lastLinesOf({ code: 'stopped', facts: {} })).toBeUndefined();
});
