/** What an activation does to the set, parameters and protocol in force, in the block before the new epoch. */
import { fromHex } from '../../../shared/codec/hex.ts';
import { assert } from '../assert.ts';
import { addId, removeId } from '../id-index.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { StateChanges } from '../types.ts';
import type { Change } from './changes.ts';
import { readParameters, type ValidatorData, validatorDataOf } from './network.ts';

/** A removed validator as it was: its id stays taken, and its node may follow as an observer. */
export type FormerData = ValidatorData & {
  /** First height at which it was none any more. */
  readonly until: number;
};

/** @param firstHeight of the epoch that begins */
export function applyChange(state: StateChanges, change: Change, firstHeight: number): void {
  switch (change.kind) {
    case 'add':
      writeRecord(state, stateKeys.validator(change.validator.id), validatorDataOf(change.validator));
      addId(state, stateKeys.validators, change.validator.id);
      break;
    case 'remove':
      removeValidator(state, change.id, firstHeight);
      break;
    case 'consensus-key':
      changeValidator(state, change.id, { consensusKey: fromHex(change.key) });
      break;
    case 'incarnation':
      changeValidator(state, change.id, { incarnation: fromHex(change.incarnation) });
      break;
    case 'parameters':
      writeRecord(state, stateKeys.parameters, { ...readParameters(state), ...change.set });
      break;
    case 'protocol':
      writeRecord(state, stateKeys.protocol, change.version);
  }
}

export function removeValidator(state: StateChanges, id: string, firstHeight: number): void {
  const former: FormerData = { ...dataOf(state, id), until: firstHeight };
  state.delete(stateKeys.validator(id));
  removeId(state, stateKeys.validators, id);
  writeRecord(state, stateKeys.former(id), former);
}

export function changeValidator(state: StateChanges, id: string, fields: Partial<ValidatorData>): void {
  writeRecord(state, stateKeys.validator(id), { ...dataOf(state, id), ...fields });
}

function dataOf(state: StateChanges, id: string): ValidatorData {
  const data = readRecord<ValidatorData>(state, stateKeys.validator(id));
  assert(data !== undefined, `validator ${id} is in state`);
  return data;
}
