import { expect, test } from 'vitest';
import { baseChange } from './base-change.ts';

test.each([
  [{ epoch: 0 }, { epoch: 0 }, undefined],
  [{ epoch: 0 }, { epoch: 2 }, 'epoch 0 has become epoch 2'],
  [{ epoch: 0 }, { epoch: 0, pending: 3 }, 'activation 3 is on its way'],
  [{ epoch: 0, pending: 3 }, { epoch: 0 }, 'activation 3 is not on its way any more'],
  [{ epoch: 0, pending: 3 }, { epoch: 0, pending: 3 }, undefined],
  [
    { epoch: 1, pending: 3 },
    { epoch: 2, pending: 4 },
    'epoch 1 has become epoch 2, and activation 4 has taken the place of 3',
  ],
])('based on %j, now %j: %s', (basis, now, said) => {
  expect(baseChange({ basis }, now)).toBe(said);
});

test('the activation that it led to itself is no change of its base', () => {
  const end = { height: 4, time: 0, by: 'alpha.admin', activation: 0 };
  expect(baseChange({ basis: { epoch: 0 }, end }, { epoch: 0, pending: 0 })).toBeUndefined();
});
