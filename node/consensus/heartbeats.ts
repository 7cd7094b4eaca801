/** Heartbeats (F3) and a primary that falls silent (V1). */
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { emitHeartbeat } from './intents.ts';
import { primaryOf } from './membership.ts';
import { type ConsensusState, standingView, type Turn } from './state.ts';
import { backOff, suspectPrimary } from './view-change.ts';

/** The pulse of every replica. Only voters sign it: a primary that may not vote shall look silent. */
export function beat(turn: Turn): void {
  const { state, now } = turn;
  if (now.monotonicMs < state.heartbeatDueMs) return;
  state.heartbeatDueMs = now.monotonicMs + state.config.parameters.heartbeatMs;
  if (state.mode === 'voting') emitHeartbeat(turn, standingView(state));
}

/**
 * A sign of life of the primary is any message that it signed for the current view, over its own link: a
 * relayed one may be old, and one of another view says that it does not lead this one. Seals name no view.
 */
export function notePrimaryLife(turn: Turn, from: ValidatorId, message: ConsensusMessage): void {
  const { state } = turn;
  if (message.kind === 'seal' || from !== primaryOf(state.config, state.view)) return;
  const { sender, view } = message.kind === 'heartbeat' ? message : message.vote;
  if (sender === from && view === state.view) state.primaryHeardMs = turn.now.monotonicMs;
}

/** Only who votes signs one. Over its own link: a relayed one may be old. */
export function noteHeartbeat({ state, now }: Turn, from: ValidatorId, message: ConsensusMessage): void {
  if (message.kind === 'heartbeat' && message.sender === from) state.heartbeatAtMs.set(from, now.monotonicMs);
}

/** Doubles with failed views, like all deadlines, so that a slow network settles. */
export function silenceDeadlineMs(state: ConsensusState): number | undefined {
  if (state.mode !== 'voting' || state.changingTo !== undefined) return undefined;
  if (primaryOf(state.config, state.view) === state.config.self) return undefined;
  const { primarySilenceMs, viewTimeoutMaxMs } = state.config.parameters;
  const allowedMs = Math.min(primarySilenceMs * backOff(state), Math.max(primarySilenceMs, viewTimeoutMaxMs));
  return state.primaryHeardMs + allowedMs;
}

export function judgeSilence(turn: Turn): void {
  const deadlineMs = silenceDeadlineMs(turn.state);
  if (deadlineMs !== undefined && turn.now.monotonicMs >= deadlineMs) suspectPrimary(turn, 'silent');
}
