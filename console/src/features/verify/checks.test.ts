import { expect, test } from 'vitest';
import { checklist, failed, passed } from '../../../../shared/protocol/checks.ts';
import type { ValidatorId } from '../../../../shared/types/brands.ts';
import { firstFailure, sentenceOf, wasReached } from './checks.ts';

test('the first failure is named, what comes after it was not reached', () => {
  const { checks } = checklist([passed('decode'), failed('leaf', 'client-signature')]);
  expect(firstFailure(checks)?.id).toBe('leaf');
  expect(checks.map(wasReached)).toEqual([true, true, false, false, false, false]);
  expect(sentenceOf(checks[1]!)).toBe('The sender did not sign these bytes');
});

test('a quorum is told with its figures', () => {
  const signers = ['v1', 'v2', 'v3'].map((id) => ({ validator: id as ValidatorId, ok: true }));
  const check = passed('quorum', { signers, inputs: { quorum: 3, validators: 4, epoch: 0 } });
  expect(sentenceOf(check)).toBe('3 valid seals by distinct validators of epoch 0; 3 of 4 are needed');
});

test('a check that was not reached is not what failed, even if it stands before', () => {
  const { checks } = checklist([passed('decode'), failed('history', 'genesis-hash')]);
  expect(firstFailure(checks)?.id).toBe('history');
});
