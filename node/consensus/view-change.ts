/** Leaving a view: suspicion (V1), VIEW-CHANGE (V2), its timer (V4), and joining others (V5). */
import type { ValidatorId, View } from '../../shared/types/brands.ts';
import { nextView } from '../../shared/types/brands.ts';
import type { PreparedCertificate, ViewChangeBody, ViewChangeMessage } from '../../shared/types/messages.ts';
import { needsCertificate } from './certificate-check.ts';
import { onCertificate } from './certified.ts';
import { reportConflict } from './evidence.ts';
import { emitViewChange } from './intents.ts';
import { primaryOf, quorumOf, weakQuorumOf } from './membership.ts';
import { type ConsensusState, note, reject, standingView, type Turn } from './state.ts';
import { viewChangeFault } from './view-change-check.ts';

/** Rule V1. Nothing to do for one who does not vote, or who asks for a higher view already. */
export function suspectPrimary(turn: Turn, reason: string): void {
  const { state } = turn;
  if (state.mode !== 'voting' || state.changingTo !== undefined) return;
  note(turn, 'primary-suspected', { view: state.view, primary: primaryOf(state.config, state.view), reason });
  askForView(turn, nextView(state.view), reason);
}

/** As primary to be, unable to open the view without contradicting an own signature. */
export function abandonView(turn: Turn, reason: string): void {
  const { changingTo } = turn.state;
  if (changingTo !== undefined) askForView(turn, nextView(changingTo), reason);
}

/** Leaves the current view for good (rule N7) and asks for `view` (OSDI'99 §4.4). */
function askForView(turn: Turn, view: View, reason: string): void {
  const { state } = turn;
  state.failedViews += 1;
  emitViewChange(turn, view, viewChangeBody(state));
  state.changingTo = view;
  state.pendingNewView = undefined;
  state.viewTimer = undefined;
  state.lastViewChange = { from: state.view, to: view, reason, atMs: turn.now.monotonicMs };
  note(turn, 'view-change-started', { from: state.view, to: view, reason });
}

/** Rule V2: h with its certificate, and what prepared above it, in the highest view each. */
function viewChangeBody(state: ConsensusState): ViewChangeBody {
  const { height, certificate } = state.certified;
  const prepared = [...state.slots.values()]
    .filter((slot) => slot.sequence > height && slot.prepared !== undefined)
    .sort((a, b) => a.sequence - b.sequence)
    .map((slot): PreparedCertificate => slot.prepared!);
  const isProven = certificate !== undefined && needsCertificate(state.config, height);
  return { height, prepared, ...(isProven ? { certificate } : {}) };
}

/**
 * Accepts a VIEW-CHANGE (OSDI'99 §4.4) if
 * - it is for a view above the one entered here (M4: else stale);
 * - it is valid in itself (V2);
 * - it is the sender's highest (M3); one for the same view with other content is evidence (W1).
 */
export function onViewChange(turn: Turn, from: ValidatorId, message: ViewChangeMessage): void {
  const { state } = turn;
  const { sender, view } = message.vote;
  const known = state.viewChanges.get(sender);
  if (known !== undefined && known.vote.view === view && known.vote.content !== message.vote.content) {
    reportConflict(turn, known.vote, message.vote);
    return;
  }
  if (view <= state.view) return;
  if (known !== undefined && known.vote.view >= view) return;
  const fault = viewChangeFault(state.config, message);
  if (fault !== undefined) {
    reject(turn, from, 'V2', fault);
    return;
  }
  state.viewChanges.set(sender, message);
  if (message.body.certificate !== undefined) onCertificate(turn, message.body.certificate);
}

/** Rule V5: f+1 others cannot all be liars. Repeats while the views above stay enough. */
export function joinViewChanges(turn: Turn): void {
  const { state } = turn;
  if (state.mode !== 'voting' || state.viewChanges.size === 0) return;
  for (;;) {
    const above = [...state.viewChanges.values()]
      .map((message) => message.vote.view)
      .filter((view) => view > standingView(state));
    if (above.length < weakQuorumOf(state.config)) return;
    askForView(turn, Math.min(...above) as View, 'joined');
  }
}

/** Rule V4: the timer of view v starts when Q distinct senders ask for v or higher. */
export function startViewTimer(turn: Turn): void {
  const { state } = turn;
  const target = state.changingTo;
  if (target === undefined || state.viewTimer?.view === target) return;
  const asking = [...state.viewChanges.values()].filter((message) => message.vote.view >= target);
  if (asking.length < quorumOf(state.config)) return;
  state.viewTimer = { view: target, deadlineMs: turn.now.monotonicMs + viewTimeoutMs(state) };
}

export function onViewTimer(turn: Turn): void {
  const { state } = turn;
  const timer = state.viewTimer;
  if (timer === undefined || turn.now.monotonicMs < timer.deadlineMs) return;
  state.viewTimer = undefined;
  if (state.mode !== 'voting' || state.changingTo !== timer.view) return;
  askForView(turn, nextView(timer.view), 'view-timeout');
}

export const viewTimeoutMs = (state: ConsensusState): number =>
  Math.min(
    state.config.parameters.viewTimeoutMs * backOff(state),
    Math.max(state.config.parameters.viewTimeoutMs, state.config.parameters.viewTimeoutMaxMs),
  );

/** 1, 1, 2, 4, … for 0, 1, 2, 3 views failed in a row; the cap is applied to the time, not to the factor. */
export const backOff = (state: ConsensusState): number =>
  2 ** Math.min(30, Math.max(0, state.failedViews - 1));
