/**
 * Messages of the next epoch that come before this replica is in it (rule M3): others may have certified the last
 * block of this one earlier. They are held only while an activation is scheduled, for they were verified with the
 * keys of its validators; with the schedule they go. A sender can fill its own places only.
 */
import type { Epoch, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { Certificate, ValidatorSet } from '../../shared/types/ledger.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { certificateFault } from './certificate-check.ts';
import type { ConsensusState, Turn } from './state.ts';
import type { ConsensusConfig, Horizon } from './types.ts';

interface HeldMessage {
  readonly from: ValidatorId;
  readonly message: ConsensusMessage;
  /** Position in the order of arrival. */
  readonly arrival: number;
}

/** The scheduled epoch, and what is held for it. */
export interface NextEpoch {
  readonly epoch: Epoch;
  readonly firstHeight: Height;
  readonly validators: ValidatorSet;
  /** By sender, then by kind and slot. */
  readonly held: Map<ValidatorId, Map<string, HeldMessage>>;
  arrivals: number;
  /** A certificate of that epoch: somebody has passed the end of ours. Only a hint, for the schedule may change. */
  hint?: Certificate;
}

/** Kinds that have a sequence: PRE-PREPARE, PREPARE, COMMIT and seal. */
const slotKinds = 4;
/** Heights that are held, counted from the first one of the epoch. */
const windowsHeld = 2;
/** VIEW-CHANGE and NEW-VIEW, the highest of each. */
const viewPlaces = 2;

/** One view of two windows fits; the votes of further views come again once they are of use (V6). */
export const heldPerSenderMax = (window: number): number => slotKinds * windowsHeld * window + viewPlaces;

/** What is held stays only while the same epoch is to start at the same height with the same keys. */
export function renewSchedule(state: ConsensusState, horizon: Horizon): void {
  if (horizon.lastHeight === undefined) {
    state.nextEpoch = undefined;
    return;
  }
  const schedule = {
    epoch: horizon.nextEpoch,
    firstHeight: (horizon.lastHeight + 1) as Height,
    validators: horizon.nextValidators,
  };
  if (state.nextEpoch !== undefined && isSameSchedule(state.nextEpoch, schedule)) return;
  state.nextEpoch = { ...schedule, held: new Map(), arrivals: 0 };
}

type Schedule = Pick<NextEpoch, 'epoch' | 'firstHeight' | 'validators'>;

function isSameSchedule(a: Schedule, b: Schedule): boolean {
  return (
    a.epoch === b.epoch &&
    a.firstHeight === b.firstHeight &&
    a.validators.length === b.validators.length &&
    a.validators.every(({ id, consensusKey }, index) => {
      const other = b.validators[index]!;
      return id === other.id && consensusKey === other.consensusKey;
    })
  );
}

/** Holds a message of the next epoch if it is scheduled, its sender will be a validator, and it has a place. */
export function holdForNextEpoch(turn: Turn, from: ValidatorId, message: ConsensusMessage): void {
  const { nextEpoch, config } = turn.state;
  if (nextEpoch === undefined || message.kind === 'heartbeat') return;
  const { epoch, sender } = message.kind === 'seal' ? message : message.vote;
  if (epoch !== nextEpoch.epoch || !nextEpoch.validators.some(({ id }) => id === sender)) return;
  const places = nextEpoch.held.get(sender) ?? new Map<string, HeldMessage>();
  const held: HeldMessage = { from, message, arrival: nextEpoch.arrivals };
  if (!place(nextEpoch, places, held, config.parameters.window)) return;
  nextEpoch.arrivals += 1;
  nextEpoch.held.set(sender, places);
}

function place(
  nextEpoch: NextEpoch,
  places: Map<string, HeldMessage>,
  held: HeldMessage,
  window: number,
): boolean {
  const { message } = held;
  if (message.kind === 'view-change' || message.kind === 'new-view') {
    const known = places.get(message.kind)?.message;
    if (known !== undefined && viewOf(known) >= message.vote.view) return false;
    places.set(message.kind, held);
    return true;
  }
  const sequence = sequenceOf(message);
  const { firstHeight } = nextEpoch;
  if (sequence < firstHeight || sequence >= firstHeight + windowsHeld * window) return false;
  const key = `${message.kind}/${viewOf(message)}/${sequence}`;
  if (places.has(key) || ofKind(places, message.kind) >= windowsHeld * window) return false;
  places.set(key, held);
  return true;
}

const viewOf = (message: ConsensusMessage): number => ('vote' in message ? message.vote.view : 0);
const sequenceOf = (message: ConsensusMessage): Height =>
  'vote' in message ? message.vote.sequence : message.height;

function ofKind(places: ReadonlyMap<string, HeldMessage>, kind: ConsensusMessage['kind']): number {
  let count = 0;
  for (const { message } of places.values()) if (message.kind === kind) count += 1;
  return count;
}

/**
 * A certificate of the scheduled epoch says that ours is over: the first one is kept. It raises nothing here, for
 * the blocks that lead to it may still withdraw the schedule by whose keys it was verified.
 */
export function holdHint(turn: Turn, certificate: Certificate): void {
  const { state, now } = turn;
  const { nextEpoch, config } = state;
  if (nextEpoch === undefined || nextEpoch.hint !== undefined) return;
  const { epoch, firstHeight, validators } = nextEpoch;
  const next: ConsensusConfig = {
    network: config.network,
    self: config.self,
    parameters: config.parameters,
    mayVote: false,
    epoch,
    firstHeight,
    validators,
  };
  if (certificateFault(next, certificate) !== undefined) return;
  nextEpoch.hint = certificate;
  state.behindSinceMs ??= now.monotonicMs;
}

/** What was held for exactly this epoch, in the order of arrival; of another schedule nothing. */
export function takeHeld(
  { nextEpoch }: ConsensusState,
  next: ConsensusConfig,
): { readonly messages: readonly HeldMessage[]; readonly hint?: Certificate } {
  if (nextEpoch === undefined || !isSameSchedule(nextEpoch, next)) return { messages: [] };
  const messages = [...nextEpoch.held.values()]
    .flatMap((places) => [...places.values()])
    .sort((a, b) => a.arrival - b.arrival);
  return { messages, ...(nextEpoch.hint === undefined ? {} : { hint: nextEpoch.hint }) };
}

export function heldCount(nextEpoch: NextEpoch | undefined): number {
  let count = 0;
  for (const places of nextEpoch?.held.values() ?? []) count += places.size;
  return count;
}
