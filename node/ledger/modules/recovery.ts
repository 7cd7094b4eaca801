/**
 * What a recovery does to state (docs/recovery.md): the set that the members signed takes the place of the one of which
 * a quorum is gone, an activation that waited ends, and the ledger says so. It is no transaction and no proposal: a node
 * is told of it by its operator, and the block behind it opens with it on every node that was, or has another root.
 */
import { isGivenUp } from '../../../shared/codec/conflict.ts';
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import { recoveryDigest, recoveryHeight } from '../../../shared/codec/recovery.ts';
import type { GenesisValidator, LedgerEvent } from '../../../shared/types/ledger.ts';
import type { SlotMessage } from '../../../shared/types/messages.ts';
import type { RecoveryCertificate, RecoverySeat } from '../../../shared/types/recovery.ts';
import { assert } from '../assert.ts';
import { addId } from '../id-index.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { BlockMoment, LedgerModule, StateChanges, StateView } from '../types.ts';
import { withdrawal } from './activation-plan.ts';
import { pendingActivation } from './activation-records.ts';
import { changeValidator, removeValidator } from './change-fold.ts';
import { epochOpened, readMembership } from './epochs.ts';
import { keyRegistered, keyRetired, readKey } from './keys.ts';
import { memberFault } from './members.ts';
import { readValidators, type ValidatorData, validatorDataOf } from './network.ts';
import { readObservers } from './observers.ts';

/** What a block of the ledger says about a recovery; the certificate itself is kept beside the blocks. */
export type RecoveryData = {
  readonly number: number;
  /** Of what the admins signed. */
  readonly digest: Uint8Array;
  /** The last block that a quorum sealed. */
  readonly base: number;
  /** The last block that was kept. */
  readonly height: number;
  readonly epoch: number;
  readonly reason: string;
  readonly survivors: readonly string[];
  readonly fenced: readonly string[];
};
type RecordedData = RecoveryData & { readonly validators: readonly ValidatorData[] };

export const recoveryModule: LedgerModule = {
  name: 'recovery',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: recovery owns no action, asked for ${action}`);
  },
  evolve: evolveRecovery,
};

function evolveRecovery(state: StateChanges, event: LedgerEvent): void {
  assert(event.type === 'recovery.recorded', `recovery knows no event ${event.type}`);
  const { validators, ...record } = event.data as RecordedData;
  writeRecord(state, stateKeys.recovery(record.number), record);
  writeRecord(state, stateKeys.recoveryCount, record.number + 1);
  const stays = new Set(validators.map(({ id }) => id));
  for (const { id } of readValidators(state))
    if (!stays.has(id as string)) removeValidator(state, id, record.height + 1);
  for (const validator of validators) seat(state, validator);
}

/** Whoever stays keeps what else state says of it, such as a node key that is admitted for a while. */
function seat(state: StateChanges, validator: ValidatorData): void {
  const { id, incarnation } = validator;
  if (readRecord(state, stateKeys.validator(id)) === undefined) {
    writeRecord(state, stateKeys.validator(id), validator);
    addId(state, stateKeys.validators, id);
  } else changeValidator(state, id, validator);
  writeRecord(state, stateKeys.incarnation(toHex(incarnation)), id);
}

/** How many the ledger has recorded. */
export function recoveryCount(state: StateView): number {
  return readRecord<number>(state, stateKeys.recoveryCount) ?? 0;
}

/** `number` counts from 0; undefined from `recoveryCount` on. */
export function readRecovery(state: StateView, number: number): RecoveryData | undefined {
  return readRecord<RecoveryData>(state, stateKeys.recovery(number));
}

/** The recovery that lies between two messages of one validator and gave up what the first of them sealed. */
export function recoveryBetween(
  state: StateView,
  one: SlotMessage,
  other: SlotMessage,
): RecoveryData | undefined {
  if (one.kind !== 'seal' || one.epoch === other.epoch) return undefined;
  for (let number = recoveryCount(state) - 1; number >= 0; number -= 1) {
    const recovery = readRecovery(state, number);
    if (recovery !== undefined && isGivenUp(one.sender, one, other, recovery)) return recovery;
  }
  return undefined;
}

/** Before all else that the block behind it decides. The set is of the state before it. */
export function recoveryEvents(
  state: StateView,
  { content, contentBytes }: RecoveryCertificate,
  moment: BlockMoment,
): readonly LedgerEvent[] {
  const height = recoveryHeight(content);
  assert(height + 1 === moment.height, `the recovery behind block ${height} opens the next block`);
  const problem = recoveryFault(state, content);
  assert(problem === undefined, `the recovery fits the state: ${problem}`);
  const pending = pendingActivation(state);
  const data: RecordedData = {
    number: recoveryCount(state),
    digest: fromHex(recoveryDigest(contentBytes)),
    base: height - content.headers.length,
    height,
    epoch: content.epoch,
    reason: content.reason,
    survivors: content.survivors.map(({ validator }) => validator),
    fenced: content.fenced,
    validators: content.validators.map(validatorDataOf),
  };
  return [
    ...(pending === undefined ? [] : withdrawal(state, moment, pending, { reason: 'recovery' })),
    { type: 'recovery.recorded', data },
    ...keyEvents(state, content.validators, moment.height),
    epochOpened({ epoch: content.epoch, firstHeight: moment.height, cause: { recovery: data.number } }),
  ];
}

/** Keys of who leaves or is replaced sign nothing any more; new ones are taken for ever (rule E4). */
function keyEvents(state: StateView, seats: readonly RecoverySeat[], height: number): readonly LedgerEvent[] {
  const old = readValidators(state);
  const kept = new Set(seats.flatMap(({ consensusKey, nodeKey }) => [consensusKey, nodeKey]));
  const replaced = new Set(seats.map(({ id }) => id));
  const retired = old.flatMap(({ id, consensusKey, nodeKey }) => [
    ...(kept.has(consensusKey) ? [] : [consensusKey]),
    // The node of who leaves may follow under the key that it has.
    ...(replaced.has(id) && !kept.has(nodeKey) ? [nodeKey] : []),
  ]);
  const fresh = seats.flatMap(({ id: owner, member, consensusKey, nodeKey }) =>
    [
      { key: consensusKey, kind: 'consensus' as const, owner, member },
      { key: nodeKey, kind: 'node' as const, owner, member },
    ]
      .filter(({ key }) => readKey(state, key) === undefined)
      .map((claim) => keyRegistered(claim, height)),
  );
  return [...retired.map((key) => keyRetired(key, height)), ...fresh];
}

/** Why this set is none, whatever the state is. */
export function recoverySetFault({ validators }: RecoveryCertificate['content']): string | undefined {
  const places = validators.flatMap(({ address, gateway }) => [address, gateway]);
  if (new Set(places).size !== places.length) return 'an address stands there twice';
  const marks = validators.flatMap((one) => [one.consensusKey, one.nodeKey, one.incarnation]);
  if (new Set<string>(marks).size !== marks.length) return 'a key or a vote store stands there twice';
  return undefined;
}

/** Why this set cannot follow on this state, if so: what the certificate alone does not tell. */
export function recoveryFault(state: StateView, content: RecoveryCertificate['content']): string | undefined {
  const { epoch, validators } = content;
  const current = readMembership(state);
  if (epoch !== current.epoch + 1) return `epoch ${epoch} does not follow epoch ${current.epoch}`;
  const inSet = recoverySetFault(content);
  if (inSet !== undefined) return inSet;
  const observers = new Set<string>(readObservers(state).map(({ id }) => id));
  for (const seat of validators) {
    const problem = seatFault(state, seat, current.validators, observers);
    if (problem !== undefined) return `${seat.id}: ${problem}`;
  }
  return undefined;
}

function seatFault(
  state: StateView,
  { id, member, consensusKey, nodeKey, incarnation }: RecoverySeat,
  current: readonly GenesisValidator[],
  observers: ReadonlySet<string>,
): string | undefined {
  const known = current.find((one) => one.id === id);
  if (memberFault(state, member) !== undefined) return `${member} is no active member`;
  if (known !== undefined && known.member !== member) return `it belongs to ${known.member}`;
  if (known === undefined && observers.has(id)) return 'an observer has this id';
  if (known === undefined && readRecord(state, stateKeys.former(id)) !== undefined)
    return 'the id was used before';
  if (consensusKey !== known?.consensusKey && readKey(state, consensusKey) !== undefined)
    return `consensus key ${consensusKey} was used before`;
  if (nodeKey !== known?.nodeKey && readKey(state, nodeKey) !== undefined)
    return `node key ${nodeKey} was used before`;
  if (readRecord(state, stateKeys.incarnation(incarnation)) !== undefined)
    return 'its vote store is one of before: it was not renounced';
  return undefined;
}
