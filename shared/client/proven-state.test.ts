import { expect, test } from 'vitest';
import { ClientError } from './client-error.ts';
import { proofLagMax, proofLagMaxMs, requireRecent } from './proven-state.ts';

const seenMs = 1_700_000_000_000;
const proofAt = (height: number, time = seenMs - proofLagMaxMs - 1) => ({
  gateway: 'http://one.test',
  key: 'identities/by-id/a.b',
  height,
  time,
});

test.each([
  [100, undefined],
  [100 - proofLagMax, 100],
  [100, 100],
  [101, 100],
  [0, proofLagMax],
])('a proof of block %i is taken by who saw %s certified', (height, seen) => {
  const block = seen === undefined ? undefined : { height: seen, time: seenMs };
  expect(() => requireRecent(proofAt(height), block)).not.toThrow();
});

test('on a busy network one of as many seconds ago is taken, however many blocks that is', () => {
  const seen = { height: 10_000, time: seenMs };
  expect(() => requireRecent(proofAt(8_800, seenMs - proofLagMaxMs), seen)).not.toThrow();
  expect(() => requireRecent(proofAt(8_800, seenMs - proofLagMaxMs - 1), seen)).toThrow(
    expect.objectContaining({
      facts: expect.objectContaining({ behindMs: proofLagMaxMs + 1, lagMaxMs: proofLagMaxMs }),
    }),
  );
  // Of what was seen before times were remembered, only the height is known.
  expect(() => requireRecent(proofAt(8_800, seenMs), { height: 10_000 })).toThrow(ClientError);
});

test('an older one is refused by name, with what was seen', () => {
  const old = (): void => requireRecent(proofAt(99 - proofLagMax), { height: 100, time: seenMs });
  expect(old).toThrow(ClientError);
  expect(old).toThrow(
    expect.objectContaining({
      code: 'state-outdated',
      facts: expect.objectContaining({ height: 99 - proofLagMax, seen: 100, lagMax: proofLagMax }),
    }),
  );
});
