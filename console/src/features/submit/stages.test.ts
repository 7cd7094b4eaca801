import { expect, test } from 'vitest';
import type { TransactionStatusJson } from '../../../../shared/api.ts';
import { stagesOf } from './stages.ts';

const hex = 'ab'.repeat(32);
const certified: TransactionStatusJson = {
  status: 'certified',
  id: hex,
  height: 12,
  block: hex,
  index: 3,
  time: 1,
  senderKey: hex,
  action: 'streams.append',
  outcome: { status: 'succeeded', events: hex },
  sizeBytes: 300,
  nonce: 'ab'.repeat(16),
  expiresAt: 2,
  args: {},
  envelope: '',
};
const kindsOf = (progress: Parameters<typeof stagesOf>[0]) => stagesOf(progress).map(({ kind }) => kind);

test('nothing is claimed before it is known', () => {
  expect(kindsOf({ accepted: false, fate: undefined, proof: undefined })).toEqual([
    'pending',
    'unknown',
    'unknown',
    'unknown',
    'unknown',
  ]);
  const pooled = { status: 'pooled', id: hex, expiresAt: 2 } as const;
  expect(kindsOf({ accepted: true, fate: pooled, proof: undefined })[1]).toBe('pending');
});

test('only the last stage turns green, and only by a check made here', () => {
  const kinds = kindsOf({ accepted: true, fate: certified, proof: 'verified' });
  expect(kinds).toEqual(['reported', 'reported', 'reported', 'reported', 'verified']);
  expect(kindsOf({ accepted: true, fate: certified, proof: 'running' }).at(-1)).toBe('pending');
});

test('a refusal by the ledger is named at its stage', () => {
  const outcome = { status: 'failed', code: 'insufficient-balance', facts: {} } as const;
  const executed = stagesOf({ accepted: true, fate: { ...certified, outcome }, proof: 'verified' })[2];
  expect(executed).toMatchObject({ name: 'Executed', kind: 'failed' });
  expect(executed?.text).toContain('insufficient-balance');
});
