/** Entering a view: the primary builds NEW-VIEW, everyone recomputes it (V3, M2, D1; OSDI'99 §4.4). */
import type { BatchDigest, Height, ValidatorId, View } from '../../shared/types/brands.ts';
import type { Batch } from '../../shared/types/ledger.ts';
import type { NewViewMessage, PrePrepareMessage, ViewChangeMessage } from '../../shared/types/messages.ts';
import { onCertificate } from './certified.ts';
import { reportConflict } from './evidence.ts';
import { restartDeadlines } from './fairness.ts';
import {
  emitNewView,
  emitPrePrepare,
  mayVoteIn,
  type OwnProposal,
  restsOnBatch,
  voteKey,
} from './intents.ts';
import { byId, primaryOf, quorumOf } from './membership.ts';
import { planNewView } from './new-view-plan.ts';
import { nullBatch, nullBatchDigest } from './null-batch.ts';
import { askForBatch, dropOldProposals } from './proposals.ts';
import {
  type ConsensusState,
  type NewViewPlan,
  note,
  type PendingNewView,
  reject,
  type Turn,
} from './state.ts';
import type { RestsOn } from './types.ts';
import { abandonView } from './view-change.ts';
import { newViewFault } from './view-change-check.ts';
import { slotAt } from './window.ts';

/**
 * As primary of the view that was asked for: with Q VIEW-CHANGEs for exactly it, get the bodies of all that
 * is re-proposed (D1), have the PRE-PREPAREs signed one by one (M2), then the NEW-VIEW.
 */
export function buildNewView(turn: Turn): void {
  const { state } = turn;
  const view = state.changingTo;
  if (view === undefined || primaryOf(state.config, view) !== state.config.self) return;
  if (!mayVoteIn(state, view) || state.ownNewViewView >= view) return;
  const pending = pendingFor(turn, view);
  if (pending === undefined || state.certified.height < pending.plan.minSequence) return;
  if (isOvertaken(state, pending.plan)) return;
  if (!pending.prePreparesEmitted) signPrePrepares(turn, pending);
  if (pending.prePreparesEmitted) signNewView(turn, pending);
}

/**
 * Nobody of the Q who asked could vote above min-s + window below this view: the others went on in a higher
 * one, and batches that the plan names may have left this node, while PRE-PREPAREs must rest on them (D1).
 */
const isOvertaken = (state: ConsensusState, plan: NewViewPlan): boolean =>
  state.certified.height > plan.minSequence + state.config.parameters.window;

/** The first Q by id: the choice stays, also if one of the senders goes on to a higher view. */
function pendingFor(turn: Turn, view: View): PendingNewView | undefined {
  const { state } = turn;
  if (state.pendingNewView?.view === view) return state.pendingNewView;
  const viewChanges = chooseViewChanges(state, view);
  if (viewChanges === undefined) return undefined;
  state.pendingNewView = {
    view,
    viewChanges,
    plan: planNewView(viewChanges),
    signed: new Map(),
    fetched: new Map(),
    prePreparesEmitted: false,
    newViewEmitted: false,
  };
  return state.pendingNewView;
}

function chooseViewChanges(state: ConsensusState, view: View): readonly ViewChangeMessage[] | undefined {
  const exact = [...state.viewChanges.values()]
    .filter((message) => message.vote.view === view)
    .sort((a, b) => byId(a.vote.sender, b.vote.sender));
  const needed = quorumOf(state.config);
  return exact.length < needed ? undefined : exact.slice(0, needed);
}

/**
 * PRE-PREPAREs that were signed before a restart bind: if the plan differs from them, or leaves one out, the view is
 * given up (W1). One left out would name a batch that nobody may propose in this view any more, perhaps another's.
 */
function signPrePrepares(turn: Turn, pending: PendingNewView): void {
  const { state } = turn;
  const { view, plan } = pending;
  if (plan.entries.some((entry) => mayContradict(state, view, entry)) || leavesOwnOut(state, view, plan)) {
    abandonView(turn, 'own-proposals-differ');
    return;
  }
  const ready = plan.entries.map((entry) => plannedProposal(turn, pending, entry));
  if (!ready.every((proposal) => proposal !== undefined)) return;
  pending.prePreparesEmitted = true;
  for (const proposal of ready) {
    const known = state.slots.get(proposal.sequence)?.prePrepares.get(state.config.self)?.get(view);
    if (known !== undefined) pending.signed.set(proposal.sequence, known.vote);
    else emitPrePrepare(turn, { ...proposal, restsOn: durableFor(turn, proposal) });
  }
}

/** What was certified since left the vote store: nobody knows what this replica signed for it before a restart. */
function mayContradict(
  state: ConsensusState,
  view: View,
  { sequence, digest }: NewViewPlan['entries'][number],
): boolean {
  if (sequence <= state.certified.height) return view <= state.askedBefore;
  return (state.ownVotes.get(voteKey('pre-prepare', view, sequence)) ?? digest) !== digest;
}

function leavesOwnOut(state: ConsensusState, view: View, plan: NewViewPlan): boolean {
  const planned = new Set(plan.entries.map(({ sequence }) => voteKey('pre-prepare', view, sequence)));
  const ofView = `pre-prepare/${view}/`;
  return [...state.ownVotes.keys()].some((key) => key.startsWith(ofView) && !planned.has(key));
}

/** With the batch, or asked for of those who prepared it. What is certified here since needs no slot. */
function plannedProposal(turn: Turn, pending: PendingNewView, entry: NewViewPlan['entries'][number]) {
  const { sequence, digest, holders } = entry;
  const batch = knownBatch(turn, sequence, digest) ?? pending.fetched.get(digest);
  if (batch !== undefined) return { view: pending.view, sequence, digest, batch, send: false };
  askForBatch(turn, sequence, digest, holders, true);
  return undefined;
}

function knownBatch(turn: Turn, sequence: Height, digest: BatchDigest): Batch | undefined {
  const { state } = turn;
  if (digest === nullBatchDigest) return nullBatch;
  const certified = state.certifiedBatches.get(sequence);
  return certified?.digest === digest ? certified.batch : state.slots.get(sequence)?.batches.get(digest);
}

/** Rule D1. Of a certified height the batch rests in the block store. */
function durableFor(turn: Turn, proposal: Omit<OwnProposal, 'restsOn'>): readonly RestsOn[] {
  const { sequence, digest, batch } = proposal;
  if (turn.state.certifiedBatches.get(sequence)?.digest === digest) return [];
  if (sequence <= turn.state.certified.height) return [{ kind: 'batch', digest, batch }];
  const slot = slotAt(turn, sequence);
  slot.batches.set(digest, batch);
  return restsOnBatch(slot, digest, batch);
}

/** An own PRE-PREPARE of the NEW-VIEW in the making came back signed. */
export function onOwnPrePrepare(turn: Turn, message: PrePrepareMessage): void {
  const pending = turn.state.pendingNewView;
  if (pending?.view === message.vote.view) pending.signed.set(message.vote.sequence, message.vote);
}

function signNewView(turn: Turn, pending: PendingNewView): void {
  if (pending.newViewEmitted || pending.signed.size < pending.plan.entries.length) return;
  pending.newViewEmitted = true;
  emitNewView(turn, pending.view, {
    viewChanges: pending.viewChanges,
    prePrepares: pending.plan.entries.map(({ sequence }) => pending.signed.get(sequence)!),
  });
}

/**
 * Accepts a NEW-VIEW (OSDI'99 §4.4), at any distance (V5), if
 * - its view is above the one entered, or is the one entered and its NEW-VIEW is not held (else stale; other
 *   content for the view entered is evidence, W1);
 * - its view is not below one that we have asked for (V5, N7);
 * - it is signed by the primary of its view and carries Q valid VIEW-CHANGEs for exactly it (V3);
 * - its PRE-PREPAREs are what we compute from them (V3).
 */
export function onNewView(turn: Turn, from: ValidatorId, message: NewViewMessage): void {
  const { state } = turn;
  const { vote, body } = message;
  if (vote.sender === primaryOf(state.config, vote.view) && conflictsWithCurrent(turn, message)) return;
  if (vote.view < state.view || (vote.view === state.view && state.installed)) return;
  if (vote.view < state.asked) return;
  const fault = newViewFault(state.config, message);
  if (fault !== undefined) {
    reject(turn, from, 'V3', fault);
    return;
  }
  for (const nested of body.viewChanges)
    if (nested.body.certificate !== undefined) onCertificate(turn, nested.body.certificate);
  enterView(turn, message);
}

function conflictsWithCurrent(turn: Turn, { vote }: NewViewMessage): boolean {
  const current = turn.state.newView?.vote;
  if (current?.view !== vote.view || current.content === vote.content) return false;
  reportConflict(turn, current, vote);
  return true;
}

/** The view is open: its PRE-PREPAREs are taken up by `adoptProposals`, deadlines start anew (F1). */
export function enterView(turn: Turn, message: NewViewMessage): void {
  const { state, now } = turn;
  const { view } = message.vote;
  state.view = view;
  state.installed = true;
  state.changingTo = undefined;
  state.viewTimer = undefined;
  state.pendingNewView = undefined;
  state.newView = message;
  state.newViewPlan = planNewView(message.body.viewChanges);
  state.enteredMs = now.monotonicMs;
  state.primaryHeardMs = now.monotonicMs;
  for (const [sender, known] of state.viewChanges)
    if (known.vote.view <= view) state.viewChanges.delete(sender);
  dropOldProposals(state);
  restartDeadlines(turn);
  note(turn, 'view-entered', {
    view,
    primary: message.vote.sender,
    from: state.newViewPlan.minSequence,
    to: state.newViewPlan.maxSequence,
  });
}
