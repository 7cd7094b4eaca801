import { expect, test } from 'vitest';
import { ClientError } from './client-error.ts';
import { proofLagMax, requireRecent } from './proven-state.ts';

const proofAt = (height: number) => ({ gateway: 'http://one.test', key: 'identities/by-id/a.b', height });

test.each([
  [100, undefined],
  [100 - proofLagMax, 100],
  [100, 100],
  [101, 100],
  [0, proofLagMax],
])('a proof of block %i is taken by who saw %s certified', (height, seen) => {
  expect(() => requireRecent(proofAt(height), seen)).not.toThrow();
});

test('an older one is refused by name, with what was seen', () => {
  const old = (): void => requireRecent(proofAt(99 - proofLagMax), 100);
  expect(old).toThrow(ClientError);
  expect(old).toThrow(
    expect.objectContaining({
      code: 'state-outdated',
      facts: expect.objectContaining({ height: 99 - proofLagMax, seen: 100, lagMax: proofLagMax }),
    }),
  );
});
