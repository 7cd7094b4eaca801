/** PRE-PREPARE: proposing as primary, and accepting as backup (N1, N2, N3, N5, N6; OSDI'99 §4.2). */
import { type BatchDigest, type Height, nextHeight, type ValidatorId } from '../../shared/types/brands.ts';
import type { Batch } from '../../shared/types/ledger.ts';
import type { PrePrepareMessage, SignedVote } from '../../shared/types/messages.ts';
import { reportConflict } from './evidence.ts';
import { keepSlotWaiting } from './fairness.ts';
import { emitPrePrepare, mayVoteIn, restsOnBatch, voteKey } from './intents.ts';
import { othersOf, primaryOf } from './membership.ts';
import { logPrePrepare } from './message-log.ts';
import { nullBatch, nullBatchDigest } from './null-batch.ts';
import { type ConsensusState, isInView, note, type Proposal, reject, type Slot, type Turn } from './state.ts';
import type { BatchVerdict, Input, Now } from './types.ts';
import { suspectPrimary } from './view-change.ts';
import { isHeld, isInWindow, slotAt, slotsInWindow, windowTop } from './window.ts';

/** The next sequence if a proposal is welcome: primary, in its view, voting, caught up (V3), window free. */
export function wantsProposal(state: ConsensusState): Height | undefined {
  if (!isInView(state) || !mayVoteIn(state, state.view)) return undefined;
  if (primaryOf(state.config, state.view) !== state.config.self) return undefined;
  if (state.certified.height < viewFloor(state)) return undefined;
  const sequence = nextOwnSequence(state);
  return sequence <= windowTop(state) ? sequence : undefined;
}

/**
 * Rules F2, E3: an empty batch is welcome. While an activation is scheduled, or its lapse is due, an idle network is
 * driven by one of them in each heartbeat; the next waits until the last one is certified. There is a tick in every
 * heartbeat, so this needs no deadline of its own.
 */
export function wantsEmpty(state: ConsensusState, now: Now): boolean {
  const { horizon, config, certified, proposedMs } = state;
  const isLapseDue = horizon.lapseAt !== undefined && now.wallMs >= horizon.lapseAt;
  if (horizon.lastHeight === undefined && !isLapseDue) return false;
  if (now.monotonicMs < proposedMs + config.parameters.heartbeatMs) return false;
  return wantsProposal(state) === nextHeight(certified.height);
}

/** Rule N6: above all that this replica ever signed a PRE-PREPARE for in this view, restored votes included. */
function nextOwnSequence(state: ConsensusState): Height {
  let sequence = Math.max(state.certified.height, state.newViewPlan?.maxSequence ?? 0) + 1;
  while (state.ownVotes.has(voteKey('pre-prepare', state.view, sequence as Height))) sequence += 1;
  return sequence as Height;
}

/** Rule V3: nothing at or below min-s is up for proposal in this view, and who lacks it catches up first. */
export const viewFloor = (state: ConsensusState): number => state.newViewPlan?.minSequence ?? 0;
const viewCeiling = (state: ConsensusState): number => state.newViewPlan?.maxSequence ?? 0;

/** Signs the next PRE-PREPARE if it is still wanted; the view may have ended while the batch was assembled. */
export function onPropose(turn: Turn, input: Input & { type: 'propose' }): void {
  const sequence = wantsProposal(turn.state);
  if (sequence === undefined) {
    note(turn, 'proposal-dropped', { digest: input.digest });
    return;
  }
  turn.state.proposedMs = turn.now.monotonicMs;
  const slot = slotAt(turn, sequence);
  slot.batches.set(input.digest, input.batch);
  const { digest, batch } = input;
  const restsOn = restsOnBatch(slot, digest, batch);
  emitPrePrepare(turn, { view: turn.state.view, sequence, digest, batch, restsOn, send: true });
}

/**
 * Logs a PRE-PREPARE (OSDI'99 §4.2) if
 * - its sender is the primary of its view (else provably bad);
 * - its view is the current one or above (M3, M4: below is stale);
 * - h < sequence, at most two windows above (M3);
 * - its batch is not larger than the limit (N2, form);
 * - it is the first of its slot (M3): a second one is evidence, and suspicion if it is of this view's primary.
 */
export function onPrePrepare(turn: Turn, from: ValidatorId, message: PrePrepareMessage): void {
  const { state } = turn;
  const { vote, batch } = message;
  if (vote.sender !== primaryOf(state.config, vote.view)) {
    reject(turn, from, 'N1', 'PRE-PREPARE not of the primary of its view');
    return;
  }
  if (vote.view < state.view || !isHeld(state, vote.sequence)) return;
  if (batch.ids.length > state.config.parameters.batchLimit) {
    reject(turn, from, 'N2', 'batch above the limit');
    if (vote.view === state.view) suspectPrimary(turn, 'invalid-proposal');
    return;
  }
  const slot = slotAt(turn, vote.sequence);
  const isConflict =
    logPrePrepare(turn, slot, message) === 'conflict' || conflictsWithAdopted(turn, slot, vote);
  if (isConflict && vote.view === state.view) suspectPrimary(turn, 'equivocation');
}

/** A NEW-VIEW may have bound the slot without a message of its own in the log. */
function conflictsWithAdopted(turn: Turn, slot: Slot, vote: SignedVote): boolean {
  const adopted = slot.proposal;
  if (adopted?.view !== vote.view || adopted.digest === vote.content) return false;
  reportConflict(turn, adopted.vote, vote);
  return true;
}

/** Takes up what the log holds for the current view, as far as the window reaches. */
export function adoptProposals(turn: Turn): void {
  const { state } = turn;
  state.earlyRecheckMs = undefined;
  if (!isInView(state)) return;
  adoptFromNewView(turn);
  for (const slot of slotsInWindow(state)) {
    if (slot.proposal?.view !== state.view) adoptFromLog(turn, slot);
    if (slot.proposal?.status === 'early') recheckEarly(turn, slot.proposal);
    if (slot.proposal?.status === 'checking') provide(turn, slot, slot.proposal);
  }
}

/** Rule N5: the PRE-PREPAREs of the NEW-VIEW bind the sequences up to its max-s. */
function adoptFromNewView(turn: Turn): void {
  const { state } = turn;
  for (const vote of state.newView?.body.prePrepares ?? []) {
    if (!isInWindow(state, vote.sequence)) continue;
    const slot = slotAt(turn, vote.sequence);
    if (slot.proposal?.view === state.view) continue;
    const digest = vote.content as BatchDigest;
    const rival = slot.prePrepares.get(vote.sender)?.get(state.view);
    slot.proposal = { view: state.view, vote, digest, reproposal: true, status: 'checking' };
    keepSlotWaiting(turn, slot);
    resendSeal(turn, slot);
    if (rival === undefined || rival.vote.content === vote.content) continue;
    reportConflict(turn, rival.vote, vote);
    suspectPrimary(turn, 'equivocation');
  }
}

/** Rule N5: who executed a re-proposed batch already shows its seal again. */
function resendSeal(turn: Turn, slot: Slot): void {
  const { config } = turn.state;
  const seal = slot.seals.get(config.self);
  if (seal === undefined) return;
  for (const to of othersOf(config)) turn.outputs.push({ type: 'send', to, messages: [seal] });
}

/**
 * Accepts a logged PRE-PREPARE of the current view as the slot's proposal if
 * - its sequence is not bound by the NEW-VIEW (V3), which would have named it;
 * - its time is within drift of our clock (N1): early is held, late is not voted for. Who prepared it before
 *   a restart does not ask again;
 * - it names its sender as proposer (N2, form): only a batch proposed again may name another.
 */
function adoptFromLog(turn: Turn, slot: Slot): void {
  const { state, now } = turn;
  if (slot.sequence <= viewCeiling(state)) return;
  const message = slot.prePrepares.get(primaryOf(state.config, state.view))?.get(state.view);
  if (message === undefined) return;
  const digest = message.vote.content as BatchDigest;
  const { driftMs } = state.config.parameters;
  const aheadMs = message.batch.time - now.wallMs;
  const isOwn = message.vote.sender === state.config.self;
  const wasPrepared = state.ownVotes.get(voteKey('prepare', state.view, slot.sequence)) === digest;
  const status =
    isOwn || wasPrepared || Math.abs(aheadMs) <= driftMs ? 'checking' : aheadMs > 0 ? 'early' : 'refused';
  if (status === 'refused')
    note(turn, 'batch-late', { rule: 'N1', sequence: slot.sequence, behindMs: -aheadMs });
  const { vote, batch } = message;
  slot.proposal = { view: state.view, vote, digest, batch, reproposal: false, status };
  keepSlotWaiting(turn, slot);
  if (batch.proposer === vote.sender) return;
  slot.proposal.status = 'refused';
  reject(turn, vote.sender, 'N2', 'batch in the name of another proposer');
  suspectPrimary(turn, 'invalid-proposal');
}

function recheckEarly(turn: Turn, proposal: Proposal): void {
  const { state, now } = turn;
  const earlyMs = (proposal.batch?.time ?? 0) - now.wallMs - state.config.parameters.driftMs;
  if (earlyMs <= 0) {
    proposal.status = 'checking';
    return;
  }
  const recheckMs = now.monotonicMs + earlyMs;
  state.earlyRecheckMs = Math.min(state.earlyRecheckMs ?? recheckMs, recheckMs);
}

/** Rule N3: a proposal is accepted once its bodies are here; they are asked for if they are not. */
function provide(turn: Turn, slot: Slot, proposal: Proposal): void {
  if (hasBatch(slot, proposal.digest)) {
    proposal.status = 'accepted';
    return;
  }
  const preparers = [...slot.prepares]
    .filter(([, byView]) => byView.get(proposal.view)?.vote.content === proposal.digest)
    .map(([id]) => id);
  const planned = turn.state.newViewPlan?.entries.find((entry) => entry.sequence === slot.sequence);
  const holders = [proposal.vote.sender, ...(planned?.holders ?? []), ...preparers];
  askForBatch(turn, slot.sequence, proposal.digest, holders, proposal.reproposal, proposal.batch);
}

/** The batch and all bodies are here. The null batch has none. */
export function hasBatch(slot: Slot, digest: BatchDigest): boolean {
  if (digest === nullBatchDigest) slot.batches.set(digest, nullBatch);
  return slot.batches.has(digest);
}

/** A request is repeated after this many heartbeats, with the holders known by then. */
const checkRepeatHeartbeats = 8;

export function askForBatch(
  turn: Turn,
  sequence: Height,
  digest: BatchDigest,
  holders: readonly ValidatorId[],
  reproposal: boolean,
  batch?: Batch,
): void {
  const { state, now } = turn;
  const { self, parameters } = state.config;
  const asked = state.checks.get(digest);
  const isDue =
    asked !== undefined && now.monotonicMs >= asked.askedMs + checkRepeatHeartbeats * parameters.heartbeatMs;
  if (asked !== undefined && !isDue && (asked.reproposal || !reproposal)) return;
  state.checks.set(digest, { sequence, reproposal, askedMs: now.monotonicMs });
  const others = [...new Set(holders)].filter((id) => id !== self);
  turn.outputs.push({
    type: 'check-batch',
    sequence,
    digest,
    ...(batch === undefined ? {} : { batch }),
    reproposal,
    holders: others.length > 0 ? others : othersOf(state.config),
  });
}

/** The answer to `check-batch`: bodies are here, or the proposal is provably invalid (V1). */
export function onBatchChecked(turn: Turn, digest: BatchDigest, verdict: BatchVerdict): void {
  const { state } = turn;
  const asked = state.checks.get(digest);
  state.checks.delete(digest);
  if (verdict.ok) {
    possess(state, digest, verdict.batch, asked?.sequence);
    return;
  }
  if (asked?.reproposal === true) {
    note(turn, 'reproposal-unavailable', { digest, reason: verdict.reason });
    return;
  }
  for (const slot of state.slots.values()) {
    const { proposal } = slot;
    if (proposal?.digest !== digest || proposal.status !== 'checking' || proposal.reproposal) continue;
    proposal.status = 'refused';
    reject(turn, proposal.vote.sender, 'N2', verdict.reason);
    if (proposal.view === state.view) suspectPrimary(turn, 'invalid-proposal');
  }
}

/** The slots that wait for it: by a proposal, by a quorum of COMMITs, or by a NEW-VIEW in the making. */
function possess(state: ConsensusState, digest: BatchDigest, batch: Batch, asked: Height | undefined): void {
  for (const slot of state.slots.values()) {
    const isWanted = slot.sequence === asked || slot.proposal?.digest === digest || slot.ordered === digest;
    if (isWanted) slot.batches.set(digest, batch);
  }
  state.pendingNewView?.fetched.set(digest, batch);
}

/** When a new view opens, what only older views named is no proposal any more. */
export function dropOldProposals(state: ConsensusState): void {
  for (const slot of state.slots.values()) {
    if (slot.proposal === undefined || slot.proposal.view === state.view) continue;
    delete slot.proposal;
    forgetUnnamedBatches(slot);
  }
  state.checks.clear();
}

function forgetUnnamedBatches(slot: Slot): void {
  for (const digest of slot.batches.keys())
    if (digest !== slot.prepared?.batch && digest !== slot.ordered) slot.batches.delete(digest);
}
