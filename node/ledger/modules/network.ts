/** What the network is: its name, parameters and validators. Filled from genesis; it owns no action. */
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import type { Incarnation, MemberId, PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import type { CborValue, GenesisValidator, LedgerEvent } from '../../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { assert } from '../assert.ts';
import { addId, readIds } from '../id-index.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { LedgerModule, StateChanges, StateView } from '../types.ts';

export type FoundedData = {
  readonly name: string;
  readonly protocol: number;
  readonly parameters: { readonly [name: string]: number };
};
export type ValidatorData = {
  readonly id: string;
  readonly member: string;
  readonly consensusKey: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly address: string;
  readonly gateway: string;
  readonly incarnation: Uint8Array;
  /** Links with it are admitted, too, until this block time, milliseconds since 1970. */
  readonly previousNodeKey?: { readonly key: Uint8Array; readonly until: number };
};

export const networkModule: LedgerModule = {
  name: 'network',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: network owns no action, asked for ${action}`);
  },
  evolve: evolveNetwork,
};

const folds: { readonly [type: string]: (state: StateChanges, event: LedgerEvent) => void } = {
  'network.founded': (state, { data }) => found(state, data as FoundedData),
  'network.validator-added': (state, { data }) => addValidator(state, data as ValidatorData),
};

function evolveNetwork(state: StateChanges, event: LedgerEvent): void {
  const fold = folds[event.type];
  assert(fold !== undefined, `network knows no event ${event.type}`);
  fold(state, event);
}

function found(state: StateChanges, data: FoundedData): void {
  writeRecord(state, stateKeys.networkName, data.name);
  writeRecord(state, stateKeys.protocol, data.protocol);
  writeRecord(state, stateKeys.parameters, data.parameters);
}

function addValidator(state: StateChanges, data: ValidatorData): void {
  writeRecord(state, stateKeys.validator(data.id), data);
  addId(state, stateKeys.validators, data.id);
  writeRecord(state, stateKeys.incarnation(toHex(data.incarnation)), data.id);
}

export function foundedEvent(data: FoundedData): LedgerEvent {
  return { type: 'network.founded', data };
}
export function validatorAdded(validator: GenesisValidator): LedgerEvent {
  return { type: 'network.validator-added', data: validatorDataOf(validator) };
}

export function validatorDataOf(validator: GenesisValidator): ValidatorData {
  return {
    id: validator.id,
    member: validator.member,
    consensusKey: fromHex(validator.consensusKey),
    nodeKey: fromHex(validator.nodeKey),
    address: validator.address,
    gateway: validator.gateway,
    incarnation: fromHex(validator.incarnation),
  };
}

/** Parameters in force. Throws on a state without genesis. */
export function readParameters(state: StateView): NetworkParameters {
  const parameters = readRecord<CborValue>(state, stateKeys.parameters);
  assert(parameters !== undefined, 'state holds the network parameters');
  return parameters as unknown as NetworkParameters;
}

/** Version of the execution rules in force. Throws on a state without genesis. */
export function readProtocol(state: StateView): number {
  const protocol = readRecord<number>(state, stateKeys.protocol);
  assert(protocol !== undefined, 'state holds the protocol version');
  return protocol;
}

/** All validators with node keys, addresses and incarnations, sorted by id. */
export function readValidators(state: StateView): readonly GenesisValidator[] {
  return readIds(state, stateKeys.validators).map((id) => {
    const validator = readRecord<ValidatorData>(state, stateKeys.validator(id));
    assert(validator !== undefined, `validator ${id} of the index is in state`);
    return validatorOf(validator);
  });
}

export function readValidator(state: StateView, id: string): GenesisValidator | undefined {
  const data = readRecord<ValidatorData>(state, stateKeys.validator(id));
  return data && validatorOf(data);
}

/** A validator that was removed, as it was then. */
export function readFormer(state: StateView, id: string): GenesisValidator | undefined {
  const data = readRecord<ValidatorData>(state, stateKeys.former(id));
  return data && validatorOf(data);
}

/** Whom a consensus key votes for, if anyone. */
export function validatorOfKey(state: StateView, key: PublicKey): GenesisValidator | undefined {
  return readValidators(state).find(({ consensusKey }) => consensusKey === key);
}

export function validatorOf(data: ValidatorData): GenesisValidator {
  return {
    id: data.id as ValidatorId,
    member: data.member as MemberId,
    consensusKey: toHex(data.consensusKey) as PublicKey,
    nodeKey: toHex(data.nodeKey) as PublicKey,
    address: data.address,
    gateway: data.gateway,
    incarnation: toHex(data.incarnation) as Incarnation,
  };
}
