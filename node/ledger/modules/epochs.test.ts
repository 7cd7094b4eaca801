import { describe, expect, test } from 'vitest';
import { validatorSetDigest } from '../../../shared/codec/ledger.ts';
import { epochOf, heightOf } from '../../../shared/types/brands.ts';
import { executeBlock } from '../execute.ts';
import { createOverlay } from '../overlay.ts';
import { foundingProtocol } from '../protocols.ts';
import { writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import { createChain, exampleDocument, startTime } from '../test-support.ts';
import type { StateChanges } from '../types.ts';
import { evolve } from './all.ts';
import { epochOpened, readBoundary, readMembership, readMembershipOf } from './epochs.ts';

const changedParameters = { ...exampleDocument.parameters, lifetimeMs: 5 };
const [leaver, ...stayers] = exampleDocument.validators;

/** The state after genesis, in which the last block of epoch 0, of height 7, handed over to three validators. */
function afterHandover(): StateChanges {
  const state = createOverlay(createChain().view);
  writeRecord(state, stateKeys.parameters, { ...changedParameters });
  writeRecord(
    state,
    stateKeys.validators,
    stayers.map(({ id }) => id),
  );
  state.delete(stateKeys.validator(leaver!.id));
  evolve(state, epochOpened({ epoch: 1, firstHeight: 8, cause: 'test' }));
  return state;
}

const first = {
  epoch: 0,
  firstHeight: 1,
  validators: exampleDocument.validators,
  parameters: exampleDocument.parameters,
  protocol: foundingProtocol,
};
const second = { ...first, epoch: 1, firstHeight: 8, validators: stayers, parameters: changedParameters };

describe('membership', () => {
  test('genesis opens epoch 0', () => {
    const { view } = createChain();
    expect(readMembership(view)).toEqual(first);
    expect(readMembershipOf(view, epochOf(0))).toEqual(first);
    expect(readMembershipOf(view, epochOf(1))).toBeUndefined();
  });

  test('every epoch stays as it was when it began', () => {
    const state = afterHandover();
    expect(readMembership(state)).toEqual(second);
    expect(readMembershipOf(state, epochOf(0))).toEqual(first);
    expect(readMembershipOf(state, epochOf(1))).toEqual(second);
  });

  test('no epoch is left out, nor opened twice', () => {
    const state = afterHandover();
    for (const epoch of [1, 3])
      expect(() => evolve(state, epochOpened({ epoch, firstHeight: 9, cause: 'test' }))).toThrow('follows 1');
  });
});

describe('boundary', () => {
  test('E2: only the last block of an epoch hands over', () => {
    const state = afterHandover();
    expect(readBoundary(state, heightOf(7))).toEqual({ kind: 'handover', next: second });
    expect(readBoundary(state, heightOf(8))).toEqual({ kind: 'within' });
    expect(readBoundary(createChain().view, heightOf(0))).toEqual({ kind: 'within' });
  });

  test('execution takes epoch, set and parameters from the state before the block', () => {
    const input = { ...createChain().input([], startTime), state: afterHandover() };
    const { header, boundary } = executeBlock(input);
    const set = validatorSetDigest(stayers);
    expect(header).toMatchObject({ epoch: 1, nextEpoch: 1, validators: set, nextValidators: set });
    expect(boundary).toEqual({ kind: 'within' });
  });
});
