import { expect, test } from 'vitest';
import { changeInWords, differences, proposalStatus } from './words.ts';

test('what differs comes first; nothing and an empty list are not the same', () => {
  expect(
    differences({ id: 'a', roles: ['auditor'] }, { id: 'a', roles: ['auditor', 'operator'], streams: [] }),
  ).toEqual([
    { name: 'roles', before: 'auditor', after: 'auditor, operator', differs: true },
    { name: 'streams', before: undefined, after: '', differs: true },
    { name: 'id', before: 'a', after: 'a', differs: false },
  ]);
  expect(differences(undefined, { n: 5 })).toEqual([
    { name: 'n', before: undefined, after: '5', differs: true },
  ]);
});

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
