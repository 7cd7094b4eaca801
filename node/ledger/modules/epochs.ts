/**
 * Epochs as state keeps them, each for ever: who decides in it, from which height on, under which parameters and
 * rules (rules E1, E2). It owns no action; genesis opens epoch 0.
 */
import { type Epoch, type Height, heightOf } from '../../../shared/types/brands.ts';
import type { Boundary, Membership } from '../../../shared/types/epochs.ts';
import type { CborValue, LedgerEvent } from '../../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { assert } from '../assert.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { LedgerModule, StateChanges, StateView } from '../types.ts';
import { pendingActivation } from './activation-records.ts';
import { membershipAfter } from './changes.ts';
import {
  readParameters,
  readProtocol,
  readValidators,
  type ValidatorData,
  validatorDataOf,
  validatorOf,
} from './network.ts';

/** What began an epoch, such as `genesis`. */
type OpenedData = { readonly epoch: number; readonly firstHeight: number; readonly cause: CborValue };
type EpochData = OpenedData & {
  readonly validators: readonly ValidatorData[];
  readonly parameters: { readonly [name: string]: number };
  readonly protocol: number;
};

export const epochsModule: LedgerModule = {
  name: 'epochs',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: epochs owns no action, asked for ${action}`);
  },
  evolve: evolveEpochs,
};

function evolveEpochs(state: StateChanges, event: LedgerEvent): void {
  assert(event.type === 'epochs.opened', `epochs knows no event ${event.type}`);
  openEpoch(state, event.data as OpenedData);
}

/** Keeps the set, parameters and protocol that are in force now as those of the next epoch. */
function openEpoch(state: StateChanges, opened: OpenedData): void {
  const count = readRecord<number>(state, stateKeys.epochCount) ?? 0;
  assert(opened.epoch === count, `epoch ${opened.epoch} follows ${count - 1}`);
  const data: EpochData = {
    ...opened,
    validators: readValidators(state).map(validatorDataOf),
    parameters: { ...readParameters(state) },
    protocol: readProtocol(state),
  };
  writeRecord(state, stateKeys.epoch(opened.epoch), data);
  writeRecord(state, stateKeys.epochCount, count + 1);
}

export function epochOpened(data: OpenedData): LedgerEvent {
  return { type: 'epochs.opened', data };
}

/** Of the epoch that seals the next block. Throws on a state without genesis. */
export function readMembership(state: StateView): Membership {
  const { epoch, firstHeight, cause } = readCurrentEpoch(state);
  return {
    epoch: epoch as Epoch,
    firstHeight: firstHeight as Height,
    validators: readValidators(state),
    parameters: readParameters(state),
    protocol: readProtocol(state),
    ...beginning(cause),
  };
}

/** No quorum of the epoch before sealed its beginning, if a recovery led to it. */
function beginning(cause: CborValue): { readonly byRecovery?: true } {
  return isCause(cause, 'recovery') ? { byRecovery: true } : {};
}

const isCause = (
  cause: CborValue,
  kind: 'activation' | 'recovery',
): cause is { readonly [kind: string]: number } =>
  typeof cause === 'object' && cause !== null && Object.hasOwn(cause, kind);

function readCurrentEpoch(state: StateView): EpochData {
  const count = readRecord<number>(state, stateKeys.epochCount);
  assert(count !== undefined, 'state counts the epochs');
  const data = readEpoch(state, count - 1);
  assert(data !== undefined, `epoch ${count - 1} is in state`);
  return data;
}

/** As it was when the epoch began; undefined if it has not. */
export function readMembershipOf(state: StateView, epoch: Epoch): Membership | undefined {
  const data = readEpoch(state, epoch);
  return (
    data && {
      epoch,
      firstHeight: data.firstHeight as Height,
      validators: data.validators.map(validatorOf),
      parameters: data.parameters as unknown as NetworkParameters,
      protocol: data.protocol,
      ...beginning(data.cause),
    }
  );
}

/** undefined if it has not begun. */
export const firstHeightOfEpoch = (state: StateView, epoch: number): Height | undefined =>
  readEpoch(state, epoch)?.firstHeight as Height | undefined;

/** Number of the activation that led to it; undefined if genesis opened it, or it has not begun. */
export function activationOfEpoch(state: StateView, epoch: Epoch): number | undefined {
  return causeOf(state, epoch, 'activation');
}

/** Number of the recovery that led to it, if one did. */
export function recoveryOfEpoch(state: StateView, epoch: Epoch): number | undefined {
  return causeOf(state, epoch, 'recovery');
}

function causeOf(state: StateView, epoch: Epoch, kind: 'activation' | 'recovery'): number | undefined {
  const cause = readEpoch(state, epoch)?.cause;
  return cause !== undefined && isCause(cause, kind) ? cause[kind] : undefined;
}

const readEpoch = (state: StateView, epoch: number): EpochData | undefined =>
  readRecord<EpochData>(state, stateKeys.epoch(epoch));

/** Whether any epoch had so many validators. */
export function hadValidators(state: StateView, count: number): boolean {
  const current = readMembership(state);
  if (current.validators.length >= count) return true;
  for (let epoch: number = current.epoch; epoch >= 0; epoch -= 1)
    if (readEpoch(state, epoch)!.validators.length >= count) return true;
  return false;
}

/** What the state after the block of this height says about the end of its epoch. */
export function readBoundary(state: StateView, height: Height): Boundary {
  const { epoch, firstHeight } = readCurrentEpoch(state);
  if (epoch > 0 && firstHeight === height + 1) return { kind: 'handover', next: readMembership(state) };
  const pending = pendingActivation(state);
  if (pending === undefined) return { kind: 'within' };
  const { at, changes, deadline } = pending;
  if (at === undefined) return { kind: 'within', lapseAt: deadline };
  const scheduled = membershipAfter(readMembership(state), changes, at);
  return { kind: 'within', lastHeight: heightOf(at - 1), scheduled };
}
