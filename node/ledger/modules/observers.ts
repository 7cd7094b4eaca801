/** Nodes that follow and serve but do not vote. They come and go by ballots, in the block that decides. */
import { toHex } from '../../../shared/codec/hex.ts';
import type { MemberId, PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import type { LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { address, gateway, memberId, nodeId, possession, publicKey } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { fields } from '../form.ts';
import { addId, readIds, removeId } from '../id-index.ts';
import { readRecord, writeRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, Governed, LedgerModule, StateChanges, StateView } from '../types.ts';
import { joiningValidators } from './activation-records.ts';
import { keyFault, keyRegistered, keyRetired } from './keys.ts';
import { memberFault } from './members.ts';

type AddedData = {
  readonly id: string;
  readonly member: string;
  readonly nodeKey: Uint8Array;
  readonly address?: string;
  readonly gateway?: string;
};
type AddArgs = AddedData & { readonly possession: Uint8Array };
type RemovedData = { readonly id: string };

export interface Observer {
  readonly id: ValidatorId;
  readonly member: MemberId;
  /** TLS identity. */
  readonly nodeKey: PublicKey;
  /** `wss://host:port`, if it accepts links. */
  readonly address?: string;
  /** `http(s)://host:port` of its gateway, if it has one. */
  readonly gateway?: string;
}

export const observersModule: LedgerModule = {
  name: 'observers',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: observers owns no action, asked for ${action}`);
  },
  evolve: evolveObservers,
};

export const governedObservers = {
  'observers.add': {
    form: fields({
      id: nodeId,
      member: memberId,
      nodeKey: publicKey,
      possession,
      address: { optional: address },
      gateway: { optional: gateway },
    }),
    decide: (state, context, args) => add(state, context, args as AddArgs),
  },
  'observers.remove': {
    form: fields({ id: nodeId }),
    decide: (state, context, args) => remove(state, context, args as RemovedData),
  },
} satisfies { readonly [kind: string]: Governed };

function add(state: StateView, context: CommandContext, { possession: proof, ...data }: AddArgs): Decision {
  const { id, member, nodeKey } = data;
  const claim = { key: toHex(nodeKey) as PublicKey, kind: 'node', owner: id, member } as const;
  const fault = memberFault(state, member) ?? idFault(state, id) ?? keyFault(state, context, claim, proof);
  if (fault !== undefined) return refused(fault);
  return decided({ type: 'observers.added', data }, keyRegistered(claim, context.height));
}

/** Validators, former ones and observers share one namespace: links, evidence and figures go by id alone. */
function idFault(state: StateView, id: string): DecidedRejection | undefined {
  if (readObserver(state, id) !== undefined) return { code: 'observer-exists', facts: { observer: id } };
  const isJoining = joiningValidators(state).some((one) => one.id === id);
  if (isJoining || readRecord(state, stateKeys.validator(id)) !== undefined)
    return { code: 'validator-exists', facts: { validator: id } };
  if (readRecord(state, stateKeys.former(id)) !== undefined) return { code: 'id-used-before', facts: { id } };
  return undefined;
}

function remove(state: StateView, context: CommandContext, { id }: RemovedData): Decision {
  const observer = readObserver(state, id);
  if (observer === undefined) return refused({ code: 'unknown-observer', facts: { observer: id } });
  const data: RemovedData = { id };
  return decided({ type: 'observers.removed', data }, keyRetired(observer.nodeKey, context.height));
}

function evolveObservers(state: StateChanges, event: LedgerEvent): void {
  if (event.type === 'observers.added') {
    const data = event.data as AddedData;
    writeRecord(state, stateKeys.observer(data.id), data);
    addId(state, stateKeys.observers, data.id);
    return;
  }
  assert(event.type === 'observers.removed', `observers knows no event ${event.type}`);
  const { id } = event.data as RemovedData;
  state.delete(stateKeys.observer(id));
  removeId(state, stateKeys.observers, id);
}

export function readObserver(state: StateView, id: string): Observer | undefined {
  const data = readRecord<AddedData>(state, stateKeys.observer(id));
  return data && ({ ...data, nodeKey: toHex(data.nodeKey) } as Observer);
}

/** Sorted by id. */
export function readObservers(state: StateView): readonly Observer[] {
  return readIds(state, stateKeys.observers).map((id) => {
    const observer = readObserver(state, id);
    assert(observer !== undefined, `observer ${id} of the index is in state`);
    return observer;
  });
}

/** Their ids. */
export function observersOf(state: StateView, member: string): readonly ValidatorId[] {
  return readObservers(state)
    .filter((observer) => observer.member === member)
    .map(({ id }) => id);
}
