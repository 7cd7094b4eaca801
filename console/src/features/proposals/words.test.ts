import { expect, test } from 'vitest';
import { changeInWords, proposalStatus } from './words.ts';

test('an accepted proposal that was refused is not told as waiting', () => {
  const refusal = { index: 0, kind: 'x', code: 'y', facts: {}, headline: '', next: '' };
  expect(proposalStatus({ status: 'accepted' }).kind).toBe('pending');
  expect(proposalStatus({ status: 'accepted', refusal }).kind).toBe('failed');
});

test('a change names whom it changes', () => {
  expect(changeInWords({ kind: 'remove', id: 'delta' })).toBe('delta leaves');
  expect(changeInWords({ kind: 'parameters', set: { window: 16, driftMs: 5 } })).toBe(
    'window = 16, driftMs = 5',
  );
});
