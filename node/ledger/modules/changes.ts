/**
 * What one activation changes about an epoch, and the epoch that follows from it (rules E1, E3). Pure arithmetic on
 * memberships: who may ask for a change, and when it takes effect, is decided elsewhere.
 */
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import type { Epoch, Height, Incarnation, PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import type { GenesisValidator } from '../../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { type ValidatorData, validatorDataOf, validatorOf } from './network.ts';

export type Change =
  | { readonly kind: 'add'; readonly validator: GenesisValidator }
  | { readonly kind: 'remove'; readonly id: ValidatorId }
  | { readonly kind: 'consensus-key'; readonly id: ValidatorId; readonly key: PublicKey }
  | { readonly kind: 'incarnation'; readonly id: ValidatorId; readonly incarnation: Incarnation }
  | { readonly kind: 'parameters'; readonly set: Partial<NetworkParameters> }
  | { readonly kind: 'protocol'; readonly version: number };

/** As events and state hold it: keys and incarnations are byte strings. */
export type ChangeData =
  | { readonly kind: 'add'; readonly validator: ValidatorData }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'consensus-key'; readonly id: string; readonly key: Uint8Array }
  | { readonly kind: 'incarnation'; readonly id: string; readonly incarnation: Uint8Array }
  | { readonly kind: 'parameters'; readonly set: { readonly [name: string]: number } }
  | { readonly kind: 'protocol'; readonly version: number };

export function changeDataOf(change: Change): ChangeData {
  switch (change.kind) {
    case 'add':
      return { kind: 'add', validator: validatorDataOf(change.validator) };
    case 'consensus-key':
      return { ...change, key: fromHex(change.key) };
    case 'incarnation':
      return { ...change, incarnation: fromHex(change.incarnation) };
    case 'parameters':
      return { kind: 'parameters', set: { ...change.set } as { readonly [name: string]: number } };
    default:
      return change;
  }
}

export function changeOf(data: ChangeData): Change {
  switch (data.kind) {
    case 'add':
      return { kind: 'add', validator: validatorOf(data.validator) };
    case 'remove':
      return { kind: 'remove', id: data.id as ValidatorId };
    case 'consensus-key':
      return { kind: 'consensus-key', id: data.id as ValidatorId, key: toHex(data.key) as PublicKey };
    case 'incarnation':
      return {
        kind: 'incarnation',
        id: data.id as ValidatorId,
        incarnation: toHex(data.incarnation) as Incarnation,
      };
    case 'parameters':
      return { kind: 'parameters', set: data.set as Partial<NetworkParameters> };
    case 'protocol':
      return data;
  }
}

/** The validator that a change is about; undefined for parameters and protocol. */
export function subjectOf(change: Change): ValidatorId | undefined {
  if (change.kind === 'add') return change.validator.id;
  return 'id' in change ? change.id : undefined;
}

/** Distinct validators that join, leave, get a key or an incarnation: what rule E3 counts. */
export function subjectsOf(changes: readonly Change[]): readonly ValidatorId[] {
  const subjects = changes.flatMap((change) => subjectOf(change) ?? []);
  return [...new Set(subjects)].sort();
}

/** The epoch after `current`, beginning at `firstHeight`. Changes were checked one after the other (change-check.ts). */
export function membershipAfter(
  current: Membership,
  changes: readonly Change[],
  firstHeight: Height,
): Membership {
  const { byRecovery: _, ...rest } = current;
  return changes.reduce(changed, { ...rest, epoch: (current.epoch + 1) as Epoch, firstHeight });
}

function changed(before: Membership, change: Change): Membership {
  switch (change.kind) {
    case 'add':
      return { ...before, validators: sortedById([...before.validators, change.validator]) };
    case 'remove':
      return { ...before, validators: before.validators.filter(({ id }) => id !== change.id) };
    case 'consensus-key':
      return withValidator(before, change.id, { consensusKey: change.key });
    case 'incarnation':
      return withValidator(before, change.id, { incarnation: change.incarnation });
    case 'parameters':
      return { ...before, parameters: { ...before.parameters, ...change.set } };
    case 'protocol':
      return { ...before, protocol: change.version };
  }
}

function withValidator(before: Membership, id: string, fields: Partial<GenesisValidator>): Membership {
  const validators = before.validators.map((one) => (one.id === id ? { ...one, ...fields } : one));
  return { ...before, validators };
}

/** By code unit; ids are ASCII. */
function sortedById(validators: readonly GenesisValidator[]): readonly GenesisValidator[] {
  return [...validators].sort((one, other) => (one.id < other.id ? -1 : 1));
}
