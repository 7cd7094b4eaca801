/**
 * Validators as members change them by ballots. Who joins, leaves, gets a consensus key or a vote store waits for an
 * activation (rule E3); node keys and addresses are no matter of consensus and take effect in their block.
 */
import { toHex } from '../../../shared/codec/hex.ts';
import type { Incarnation, PublicKey, ValidatorId } from '../../../shared/types/brands.ts';
import type { CborValue, LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { address, gateway, memberId, nodeId, possession, publicKey } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { byteString, type Fields, type FormCheck, fields, integer } from '../form.ts';
import { limits } from '../limits.ts';
import { readRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type {
  CommandContext,
  Decision,
  Governed,
  GovernedContext,
  LedgerModule,
  StateChanges,
  StateView,
} from '../types.ts';
import { approveChange } from './activation-plan.ts';
import { joiningValidators } from './activation-records.ts';
import { changeValidator } from './change-fold.ts';
import type { Change } from './changes.ts';
import { keyFault, keyRegistered, keyRetired } from './keys.ts';
import { memberFault } from './members.ts';
import { readValidator, readValidators, type ValidatorData, validatorOf } from './network.ts';

/** When the members want it; both are wishes of the whole proposal, the latest of which counts. */
export type TimingArgs = { readonly notBefore?: number; readonly deadlineMs?: number };
type AddArgs = ValidatorData &
  TimingArgs & { readonly possession: { readonly consensus: Uint8Array; readonly node: Uint8Array } };
type RemoveArgs = TimingArgs & { readonly id: string };
type KeyArgs = { readonly id: string; readonly key: Uint8Array; readonly possession: Uint8Array };
type IncarnationArgs = TimingArgs & { readonly id: string; readonly incarnation: Uint8Array };
type NodeKeyArgs = KeyArgs & { readonly overlapMs?: number };
type AddressData = { readonly id: string; readonly address?: string; readonly gateway?: string };
type NodeKeyData = {
  readonly id: string;
  readonly key: Uint8Array;
  /** Block time until which links with the key before are admitted, too, milliseconds since 1970. */
  readonly until: number;
};

export const timingFields: Fields = {
  notBefore: { optional: integer(0, Number.MAX_SAFE_INTEGER) },
  deadlineMs: { optional: integer(limits.deadlineMsMin, limits.deadlineMsMax) },
};
const incarnation = byteString(16);

const addressFields = fields({ id: nodeId, address: { optional: address }, gateway: { optional: gateway } });

function addressForm(value: CborValue): ReturnType<FormCheck> {
  const problem = addressFields(value);
  if (problem !== undefined) return problem;
  const { address: links, gateway: url } = value as AddressData;
  return links === undefined && url === undefined
    ? { path: '', expected: 'address, gateway or both' }
    : undefined;
}

export const validatorsModule: LedgerModule = {
  name: 'validators',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: validators owns no action, asked for ${action}`);
  },
  evolve: evolveValidators,
};

export const governedValidators = {
  'validators.add': {
    form: fields({
      id: nodeId,
      member: memberId,
      consensusKey: publicKey,
      nodeKey: publicKey,
      address,
      gateway,
      incarnation,
      possession: fields({ consensus: possession, node: possession }),
      ...timingFields,
    }),
    decide: (state, context, args) => add(state, context, args as AddArgs),
  },
  'validators.remove': {
    form: fields({ id: nodeId, ...timingFields }),
    decide: (state, context, args) => {
      const { id, ...timing } = args as RemoveArgs;
      return approveByBallots(state, context, timing, { kind: 'remove', id: id as ValidatorId });
    },
  },
  'validators.replace-consensus-key': {
    form: fields({ id: nodeId, key: publicKey, possession, ...timingFields }),
    decide: (state, context, args) => replaceConsensusKey(state, context, args as KeyArgs & TimingArgs),
  },
  'validators.register-incarnation': {
    form: fields({ id: nodeId, incarnation, ...timingFields }),
    decide: (state, context, args) => {
      const { id, incarnation: store, ...timing } = args as IncarnationArgs;
      const change = {
        kind: 'incarnation',
        id: id as ValidatorId,
        incarnation: toHex(store) as Incarnation,
      } as const;
      return approveByBallots(state, context, timing, change);
    },
  },
  'validators.replace-node-key': {
    form: fields({
      id: nodeId,
      key: publicKey,
      possession,
      overlapMs: { optional: integer(0, limits.nodeKeyOverlapMsMax) },
    }),
    decide: (state, context, args) => replaceNodeKey(state, context, args as NodeKeyArgs),
  },
  'validators.set-address': {
    form: addressForm,
    decide: (state, _context, args) => setAddress(state, args as AddressData),
  },
} satisfies { readonly [kind: string]: Governed };

/** One activation holds all changes of a proposal. */
export function approveByBallots(
  state: StateView,
  context: GovernedContext,
  { notBefore, deadlineMs = limits.ballotDeadlineMs }: TimingArgs,
  change: Change,
): Decision {
  const { number, member } = context.proposal;
  const timing = { deadlineMs, ...(notBefore !== undefined && { notBefore }) };
  return approveChange(state, context, { cause: { proposal: number }, member, ...timing }, change);
}

function add(state: StateView, context: GovernedContext, args: AddArgs): Decision {
  const { possession: proof, notBefore, deadlineMs, ...data } = args;
  const validator = validatorOf(data);
  const { id: owner, member, consensusKey, nodeKey } = validator;
  const problem =
    memberFault(state, member) ??
    keyFault(state, context, { key: consensusKey, kind: 'consensus', owner, member }, proof.consensus) ??
    keyFault(state, context, { key: nodeKey, kind: 'node', owner, member }, proof.node) ??
    (consensusKey === nodeKey
      ? { code: 'key-in-use' as const, facts: { key: nodeKey, owner } }
      : undefined) ??
    addressProblem(state, validator);
  if (problem !== undefined) return refused(problem);
  const timing = {
    ...(notBefore !== undefined && { notBefore }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
  return approveByBallots(state, context, timing, { kind: 'add', validator });
}

function replaceConsensusKey(
  state: StateView,
  context: GovernedContext,
  { id, key: bytes, possession: proof, ...timing }: KeyArgs & TimingArgs,
): Decision {
  const key = toHex(bytes) as PublicKey;
  const validator = readValidator(state, id);
  if (validator === undefined) return refused({ code: 'unknown-validator', facts: { validator: id } });
  const claim = { key, kind: 'consensus', owner: id, member: validator.member } as const;
  const problem = keyFault(state, context, claim, proof);
  if (problem !== undefined) return refused(problem);
  return approveByBallots(state, context, timing, { kind: 'consensus-key', id: id as ValidatorId, key });
}

/** Both keys are admitted for a while, so that no link is missing while they are dialled anew. */
function replaceNodeKey(
  state: StateView,
  context: CommandContext,
  { id, key, possession: proof, overlapMs = limits.nodeKeyOverlapMs }: NodeKeyArgs,
): Decision {
  const validator = readValidator(state, id);
  if (validator === undefined) return refused({ code: 'unknown-validator', facts: { validator: id } });
  const { member } = validator;
  const claim = { key: toHex(key) as PublicKey, kind: 'node', owner: id, member } as const;
  const problem = keyFault(state, context, claim, proof);
  if (problem !== undefined) return refused(problem);
  const data: NodeKeyData = { id, key, until: context.time + overlapMs };
  return decided(
    { type: 'validators.node-key-replaced', data },
    keyRegistered(claim, context.height),
    keyRetired(validator.nodeKey, context.height),
  );
}

function setAddress(state: StateView, data: AddressData): Decision {
  const validator = readValidator(state, data.id);
  if (validator === undefined) return refused({ code: 'unknown-validator', facts: { validator: data.id } });
  const problem = addressProblem(state, data);
  if (problem !== undefined) return refused(problem);
  return decided({ type: 'validators.address-set', data });
}

/** One process each: no address twice, whatever listens there. Who is about to join counts. */
function addressProblem(
  state: StateView,
  { id, address: links, gateway: url }: AddressData,
): DecidedRejection | undefined {
  const others = [...readValidators(state), ...joiningValidators(state)].filter((one) => one.id !== id);
  const holder = others.find((one) => one.address === links || one.gateway === url);
  if (holder === undefined) return undefined;
  const taken = holder.address === links ? holder.address : holder.gateway;
  return { code: 'address-in-use', facts: { address: taken, validator: holder.id } };
}

const folds: { readonly [type: string]: (state: StateChanges, event: LedgerEvent) => void } = {
  'validators.node-key-replaced': (state, { data }) => {
    const { id, key, until } = data as NodeKeyData;
    const before = readRecord<ValidatorData>(state, stateKeys.validator(id));
    assert(before !== undefined, `validator ${id} is in state`);
    changeValidator(state, id, { nodeKey: key, previousNodeKey: { key: before.nodeKey, until } });
  },
  'validators.address-set': (state, { data }) => {
    const { id, ...addresses } = data as AddressData;
    changeValidator(state, id, addresses);
  },
};

function evolveValidators(state: StateChanges, event: LedgerEvent): void {
  const fold = folds[event.type];
  assert(fold !== undefined, `validators knows no event ${event.type}`);
  fold(state, event);
}
