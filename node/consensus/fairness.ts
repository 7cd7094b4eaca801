/** Deadlines that a liar cannot abuse (F1, F2). They run in monotonic time, in view only, anew in every view. */
import type { Height, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import { isValidator } from './membership.ts';
import {
  type ConsensusState,
  type Deadline,
  isInView,
  type Slot,
  type Turn,
  type WaitingItem,
} from './state.ts';
import type { ExecutionSummary, Now } from './types.ts';
import { backOff, suspectPrimary } from './view-change.ts';

/**
 * All extensions together reach so many timeouts at most. A primary that keeps to the order and certifies one
 * small batch just within each deadline would otherwise last for as many timeouts as there are extensions; so
 * it is gone within two timeouts of the acceptance, the hand-over and the view change included.
 */
const patience = 1.5;

/** Doubles with views that failed, like the view timer (V4), so that slow networks find a pace. */
export function waitingTimeoutMs(state: ConsensusState): number {
  const { waitingTimeoutMs: base, viewTimeoutMaxMs } = state.config.parameters;
  return Math.min(base * backOff(state), Math.max(base, viewTimeoutMaxMs));
}

/** K places for each validator that hands over (F1); what is beyond is theirs to hand over later. */
export function onWaiting(turn: Turn, from: ValidatorId, ids: readonly TransactionId[]): void {
  const { state, now } = turn;
  if (!isValidator(state.config, from)) return;
  let places = state.config.parameters.waitingPerPeer;
  for (const item of state.waiting.values()) if (item.from === from) places -= 1;
  for (const id of ids) {
    if (state.waiting.has(id)) continue;
    if (places <= 0) return;
    places -= 1;
    state.waiting.set(id, { from, ...newItem(state, now.monotonicMs) });
  }
}

/** Waiting ended (F2). Its place in the order is remembered until the next certified block is judged. */
export function onSettled(turn: Turn, ids: readonly TransactionId[]): void {
  const { state } = turn;
  for (const id of ids) {
    const item = state.waiting.get(id);
    if (item === undefined) continue;
    state.waiting.delete(id);
    state.settledOrders.set(id, item.order);
  }
}

/** Rule F2: a proposed or decided slot above h counts as a waiting transaction. */
export function keepSlotWaiting(turn: Turn, slot: Slot): void {
  const { state, now } = turn;
  if (!state.waitingSlots.has(slot.sequence))
    state.waitingSlots.set(slot.sequence, newItem(state, now.monotonicMs));
}

function newItem(state: ConsensusState, nowMs: number): WaitingItem {
  const order = state.nextOrder;
  state.nextOrder += 1;
  return { order, ...freshDeadline(state, nowMs) };
}

function freshDeadline(state: ConsensusState, nowMs: number): Deadline {
  const timeoutMs = waitingTimeoutMs(state);
  return { deadlineMs: nowMs + timeoutMs, latestMs: nowMs + patience * timeoutMs, extensions: 0 };
}

/**
 * Rules F2, E3: a scheduled activation, and a lapse that is due by every honest clock, count as a waiting
 * transaction: the primary owes the blocks that lead to it.
 */
export function keepActivationWaiting({ state, now }: Turn): void {
  if (!owesActivation(state, now)) state.activationItem = undefined;
  else state.activationItem ??= newItem(state, now.monotonicMs);
}

/** Each certified block is a step of the known number that is left, so it starts the deadline anew, without `patience`. */
export function restartActivation(turn: Turn): void {
  turn.state.activationItem = undefined;
  keepActivationWaiting(turn);
}

function owesActivation({ horizon, config }: ConsensusState, { wallMs }: Now): boolean {
  if (horizon.lastHeight !== undefined) return true;
  return horizon.lapseAt !== undefined && wallMs >= horizon.lapseAt + config.parameters.driftMs;
}

/** Deadlines start again in every view. Slots that only older views named are owed by nobody now. */
export function restartDeadlines(turn: Turn): void {
  const { state, now } = turn;
  for (const sequence of state.waitingSlots.keys()) {
    const slot = state.slots.get(sequence);
    if (slot?.proposal?.view !== state.view && slot?.ordered === undefined)
      state.waitingSlots.delete(sequence);
  }
  for (const item of itemsOf(state)) {
    Object.assign(item, freshDeadline(state, now.monotonicMs));
    delete item.judgeAt;
  }
  restartActivation(turn);
}

/**
 * Rule F1: a certified block extends a deadline if it is not empty and either full of transactions that ran,
 * or all its transactions were received before the waiting one; a bounded number of times in each view, and
 * never beyond `patience`.
 */
export function extendDeadlines(turn: Turn, summary: ExecutionSummary): void {
  const { state, now } = turn;
  const newest = newestOrder(state, summary.ids);
  const isFull = summary.ran >= state.config.parameters.batchLimit;
  for (const item of itemsOf(state)) {
    if (summary.ran === 0 || item.extensions >= extensionsMax(state)) continue;
    if (!isFull && newest >= item.order) continue;
    item.extensions += 1;
    item.deadlineMs = Math.min(now.monotonicMs + waitingTimeoutMs(state), item.latestMs);
  }
  state.settledOrders.clear();
}

/** Order of the transaction that was received last; infinite if one was never handed over. */
function newestOrder(state: ConsensusState, ids: readonly TransactionId[]): number {
  let newest = -1;
  for (const id of ids) {
    const order = state.waiting.get(id)?.order ?? state.settledOrders.get(id) ?? Number.POSITIVE_INFINITY;
    newest = Math.max(newest, order);
  }
  return newest;
}

/** ⌈n²K / batch limit⌉ + window: by then every place of every peer could have been served. */
function extensionsMax(state: ConsensusState): number {
  const { validators, parameters } = state.config;
  const places = validators.length ** 2 * parameters.waitingPerPeer;
  return Math.ceil(places / parameters.batchLimit) + parameters.window;
}

function* itemsOf(state: ConsensusState): Iterable<WaitingItem> {
  yield* state.waiting.values();
  yield* state.waitingSlots.values();
}

/** What the primary owes us now: nothing for slots that a certificate above them covers already. */
function* owed(state: ConsensusState): Iterable<WaitingItem> {
  const known = knownHeight(state);
  for (const item of state.waiting.values())
    if (item.judgeAt === undefined || item.judgeAt <= state.certified.height) yield item;
  for (const [sequence, item] of state.waitingSlots) if (sequence > known) yield item;
  if (state.activationItem !== undefined && known <= state.certified.height) yield state.activationItem;
}

const knownHeight = (state: ConsensusState): Height => state.highestCertificate?.height ?? (0 as Height);

export function waitingDeadlineMs(state: ConsensusState): number | undefined {
  if (state.mode !== 'voting' || state.changingTo !== undefined) return undefined;
  let earliest: number | undefined;
  for (const item of owed(state)) earliest = Math.min(earliest ?? item.deadlineMs, item.deadlineMs);
  return earliest;
}

/**
 * Rule V1. Who knows of a higher certified height cannot tell yet whether the transaction is in it: it is
 * judged once that height is here. One such delay each, so that the busiest network does not excuse censorship.
 */
export function judgeDeadlines(turn: Turn): void {
  const { state, now } = turn;
  const known = knownHeight(state);
  for (const item of state.waiting.values())
    if (now.monotonicMs >= item.deadlineMs && known > state.certified.height) item.judgeAt ??= known;
  const deadlineMs = waitingDeadlineMs(state);
  if (deadlineMs !== undefined && now.monotonicMs >= deadlineMs) suspectPrimary(turn, 'waiting');
}

/** Calm is progress too: a view that owes nothing and has a live primary forgets the failures before it (V4). */
export function noteCalm(turn: Turn): void {
  const { state, now } = turn;
  const owesNothing =
    state.waiting.size === 0 && state.waitingSlots.size === 0 && state.activationItem === undefined;
  if (isInView(state) && owesNothing && now.monotonicMs >= state.enteredMs + waitingTimeoutMs(state))
    state.failedViews = 0;
}
