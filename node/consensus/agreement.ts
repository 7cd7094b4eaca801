/** PREPARE and COMMIT: prepared, committed, ordered (N4; OSDI'99 §4.2). */
import type { BatchDigest, ValidatorId, View } from '../../shared/types/brands.ts';
import type { CommitMessage, PrepareMessage, SignedVote } from '../../shared/types/messages.ts';
import { keepSlotWaiting } from './fairness.ts';
import { emitCommit, emitPrepare, mayVoteIn, voteKey } from './intents.ts';
import { byId, primaryOf, quorumOf } from './membership.ts';
import { logCommit, logPrepare } from './message-log.ts';
import { askForBatch, hasBatch, viewFloor } from './proposals.ts';
import { isInView, note, type Proposal, reject, type Slot, type Turn, type VotesBySender } from './state.ts';
import { isHeld, slotAt, slotsInWindow } from './window.ts';

/**
 * Logs a PREPARE (OSDI'99 §4.2) if
 * - its sender is not the primary of its view (N4: the PRE-PREPARE is the primary's word; else provably bad);
 * - its view is the current one or above (M3, M4: below is stale);
 * - h < sequence, at most two windows above (M3);
 * - it is the first of its slot (M3, W1).
 * It need not match the PRE-PREPARE: it counts only where it does.
 */
export function onPrepare(turn: Turn, from: ValidatorId, message: PrepareMessage): void {
  const { state } = turn;
  const { sender, view, sequence } = message.vote;
  if (sender === primaryOf(state.config, view)) {
    reject(turn, from, 'N4', 'PREPARE of the primary');
    return;
  }
  if (view < state.view || !isHeld(state, sequence)) return;
  logPrepare(turn, slotAt(turn, sequence), message);
}

/** Logs a COMMIT of any view (N7) above h, at most two windows (M3), if it is the first of its slot (M3, W1). */
export function onCommit(turn: Turn, message: CommitMessage): void {
  const { sequence } = message.vote;
  if (isHeld(turn.state, sequence)) logCommit(turn, slotAt(turn, sequence), message);
}

/** Casts the votes that are due in the current view: PREPARE, then COMMIT for what prepared. */
export function castVotes(turn: Turn): void {
  const { state } = turn;
  if (!isInView(state) || state.certified.height < viewFloor(state)) return;
  for (const slot of slotsInWindow(state)) {
    const { proposal } = slot;
    if (proposal?.view !== state.view || proposal.status !== 'accepted') continue;
    if (slot.ordered !== undefined && slot.ordered !== proposal.digest) continue;
    castPrepare(turn, slot, proposal);
    notePrepared(turn, slot, proposal);
    castCommit(turn, slot);
  }
}

/** PREPARE, unless we are the primary, or voted in this slot before. */
function castPrepare(turn: Turn, slot: Slot, proposal: Proposal): void {
  const { state } = turn;
  if (proposal.vote.sender === state.config.self || !mayVoteIn(state, proposal.view)) return;
  if (isBack(turn, slot.prepares, proposal.view)) return;
  if (state.ownVotes.has(voteKey('prepare', proposal.view, slot.sequence))) return;
  emitPrepare(turn, slot, proposal.view, proposal.digest, slot.batches.get(proposal.digest)!);
}

/** The own vote came back, so it was cast: each step asks this of each slot, and it takes no name to look for. */
const isBack = ({ state }: Turn, votes: VotesBySender<unknown>, view: View): boolean =>
  votes.get(state.config.self)?.has(view) === true;

/** Prepared = PRE-PREPARE and Q−1 matching PREPAREs of distinct backups; own ones count once they came back. */
function notePrepared(turn: Turn, slot: Slot, proposal: Proposal): void {
  const { config } = turn.state;
  const needed = quorumOf(config) - 1;
  if (slot.prepared?.view === proposal.view || slot.prepares.size < needed) return;
  const matching = [...slot.prepares.values()]
    .map((byView) => byView.get(proposal.view)?.vote)
    .filter((vote): vote is SignedVote => vote?.content === proposal.digest)
    .sort((a, b) => byId(a.sender, b.sender));
  if (matching.length < needed) return;
  slot.prepared = {
    epoch: config.epoch,
    view: proposal.view,
    sequence: slot.sequence,
    batch: proposal.digest,
    prePrepare: proposal.vote,
    prepares: matching.slice(0, needed),
  };
}

function castCommit(turn: Turn, slot: Slot): void {
  const { state } = turn;
  const { prepared } = slot;
  if (prepared?.view !== state.view || !mayVoteIn(state, state.view)) return;
  if (isBack(turn, slot.commits, prepared.view)) return;
  if (state.ownVotes.has(voteKey('commit', prepared.view, slot.sequence))) return;
  const batch = slot.batches.get(prepared.batch);
  if (batch !== undefined) emitCommit(turn, slot, prepared, batch);
}

/**
 * Q matching COMMITs of one view decide a sequence, in every view and while changing view (N7): f+1 honest
 * ones among them prepared it durably, which is what makes our own being prepared unnecessary.
 */
export function decideSlots(turn: Turn): void {
  for (const slot of slotsInWindow(turn.state)) {
    if (slot.ordered === undefined) decide(turn, slot);
    if (slot.ordered !== undefined && !hasBatch(slot, slot.ordered))
      askForBatch(turn, slot.sequence, slot.ordered, committersOf(slot, slot.ordered), true);
  }
}

function decide(turn: Turn, slot: Slot): void {
  const needed = quorumOf(turn.state.config);
  if (slot.commits.size < needed) return;
  const votes = new Map<string, CommitMessage[]>();
  for (const byView of slot.commits.values())
    for (const message of byView.values()) {
      const key = `${message.vote.view}/${message.vote.content}`;
      votes.set(key, [...(votes.get(key) ?? []), message]);
    }
  for (const matching of votes.values()) {
    if (matching.length < needed) continue;
    slot.ordered = matching[0]!.vote.content as BatchDigest;
    keepSlotWaiting(turn, slot);
    if (
      slot.proposal !== undefined &&
      slot.proposal.digest !== slot.ordered &&
      slot.proposal.view > matching[0]!.vote.view
    )
      note(turn, 'decided-otherwise', { sequence: slot.sequence, view: slot.proposal.view });
  }
}

function committersOf(slot: Slot, digest: BatchDigest): readonly ValidatorId[] {
  return [...slot.commits]
    .filter(([, byView]) => [...byView.values()].some((message) => message.vote.content === digest))
    .map(([id]) => id);
}
