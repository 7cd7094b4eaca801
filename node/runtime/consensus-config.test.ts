import { describe, expect, it } from 'vitest';
import { epochOf, heightOf, type Incarnation, type ValidatorId } from '../../shared/types/brands.ts';
import type { Membership } from '../../shared/types/epochs.ts';
import { boundaryInput, consensusConfigOf, horizonOf, unregisteredStoreOf } from './consensus-config.ts';
import { createTestContext, document, genesis, ids, keyOf } from './test-support.ts';

const { network } = genesis;
const self = ids[1] as ValidatorId;
const { incarnation } = document.validators[1]!;
const voter = { network, self, incarnation, signer: { keys: () => [keyOf(self)] } };
const current = createTestContext().context.epochs.current();
const next: Membership = { ...current, epoch: epochOf(1), firstHeight: heightOf(10) };

describe('what consensus is told of an epoch', () => {
  it('is its set, its parameters, its first height and the set before it', () => {
    const { epoch, firstHeight, validators, parameters } = next;
    const config = { network, self, epoch, firstHeight, validators, parameters, mayVote: true };
    const previous = { epoch: 0, validators: current.validators };
    expect(consensusConfigOf(voter, next, current)).toEqual({ ...config, previous });
    expect(consensusConfigOf(voter, next, undefined)).toEqual(config);
  });

  it.each([
    ['another incarnation', { ...voter, incarnation: '0'.repeat(32) as Incarnation }],
    ['no key of the epoch', { ...voter, signer: { keys: () => [keyOf('old')] } }],
    ['no place in the set', { ...voter, self: 'observer' as ValidatorId }],
  ])('D3: who has %s may not vote', (_, other) => {
    expect(consensusConfigOf(other, current, undefined).mayVote).toBe(false);
  });
});

describe('what a node whose vote store is not registered waits for (rule D3)', () => {
  const other = { ...voter, incarnation: '0'.repeat(32) as Incarnation };
  const epochs = (scheduled?: Membership) => ({ current: () => current, scheduled: () => scheduled });
  const validators = next.validators.map((one) =>
    one.id === self ? { ...one, incarnation: other.incarnation } : one,
  );

  it('is nothing if it is registered, or is no validator', () => {
    expect(unregisteredStoreOf(voter, epochs())).toBeUndefined();
    expect(unregisteredStoreOf({ ...other, self: 'observer' as ValidatorId }, epochs())).toBeUndefined();
  });

  it('is an activation that registers it, and then its height', () => {
    const { incarnation: fresh } = other;
    expect(unregisteredStoreOf(other, epochs())).toEqual({ incarnation: fresh });
    expect(unregisteredStoreOf(other, epochs(next))).toEqual({ incarnation: fresh });
    const registering = { ...next, validators };
    expect(unregisteredStoreOf(other, epochs(registering))).toEqual({ incarnation: fresh, votesFrom: 10 });
  });
});

describe('what consensus is told of a boundary', () => {
  it('is what limits the epoch, or the epoch that follows', () => {
    const within = { kind: 'within', lastHeight: heightOf(9), scheduled: next } as const;
    const horizon = { lastHeight: 9, nextEpoch: 1, nextValidators: next.validators };
    expect(boundaryInput(voter, current, within)).toEqual({ kind: 'within', ...horizon });
    expect(horizonOf(within)).toEqual(horizon);
    expect(horizonOf({ kind: 'within' })).toEqual({});
    expect(horizonOf({ kind: 'within', lapseAt: 5 })).toEqual({ lapseAt: 5 });
    expect(() => horizonOf({ kind: 'within', lastHeight: heightOf(9) })).toThrow('end of an epoch');
    expect(boundaryInput(voter, current, { kind: 'handover', next })).toEqual({
      kind: 'handover',
      next: consensusConfigOf(voter, next, current),
    });
    expect(horizonOf({ kind: 'handover', next })).toEqual({});
  });
});
