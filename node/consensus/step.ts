/**
 * The consensus core as a function: `step(state, input, now)` mutates the state that it owns and answers what
 * must happen, in order. Same state, same inputs, same clocks: same outputs. Handlers record what came in;
 * `advance` derives from the record what is due. Nothing awaits, and nothing a peer sends makes it throw.
 */
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { castVotes, decideSlots } from './agreement.ts';
import { behindDeadlineMs, reportBehind, restartBehindClock } from './behind.ts';
import { certifyExecuted, onCertificate, raiseCertified } from './certified.ts';
import { passBoundary } from './epoch.ts';
import { executeOrdered, onExecuted, sealExecuted } from './execution.ts';
import {
  extendDeadlines,
  judgeDeadlines,
  keepActivationWaiting,
  noteCalm,
  onSettled,
  onWaiting,
  waitingDeadlineMs,
} from './fairness.ts';
import { beat, judgeSilence, silenceDeadlineMs } from './heartbeats.ts';
import { othersOf } from './membership.ts';
import { buildNewView, enterView, onOwnPrePrepare } from './new-view.ts';
import { askOwnNewest, beginVoting, inspectStore, onOwnNewest } from './own-newest.ts';
import { adoptProposals, onBatchChecked, onPropose } from './proposals.ts';
import { dispatch, epochOfMessage, onMessage } from './receive.ts';
import { onPeerStatus, resendTo, statusOf } from './resend.ts';
import { type ConsensusState, isInView, type Turn } from './state.ts';
import type { Input, Now, Output } from './types.ts';
import { joinViewChanges, onViewTimer, startViewTimer } from './view-change.ts';

export { describe } from './describe.ts';
export { observe } from './observe.ts';
export { ownNewestFor, ownNewestMax } from './own-newest.ts';
export { wantsEmpty, wantsProposal } from './proposals.ts';
export { statusOf } from './resend.ts';
export { createConsensus } from './restore.ts';
export type { ConsensusState } from './state.ts';

/** The first outputs after a start: own messages again (N6, V6), the question of rule D3, what was ordered. */
export function start(state: ConsensusState, now: Now): readonly Output[] {
  const turn: Turn = { state, now, outputs: [] };
  inspectStore(turn);
  const nothingKnown = { ...statusOf(state), view: 0 as ConsensusState['view'] };
  for (const peer of othersOf(state.config)) resendTo(turn, peer, nothingKnown);
  askOwnNewest(turn);
  advance(turn);
  return turn.outputs;
}

/** Applies one input. A halted core answers nothing any more (rule X4). */
export function step(state: ConsensusState, input: Input, now: Now): readonly Output[] {
  const turn: Turn = { state, now, outputs: [] };
  if (state.mode === 'halted') return turn.outputs;
  apply(turn, input);
  advance(turn);
  return turn.outputs;
}

function apply(turn: Turn, input: Input): void {
  switch (input.type) {
    case 'tick':
      onTick(turn);
      return;
    case 'message':
      onMessage(turn, input.from, input.message);
      return;
    case 'own':
      onOwn(turn, input.message);
      return;
    case 'propose':
      onPropose(turn, input);
      return;
    case 'batch-checked':
      onBatchChecked(turn, input.digest, input.verdict);
      return;
    case 'executed':
      onExecuted(turn, input);
      return;
    case 'certificate':
      onCertificate(turn, input.certificate);
      return;
    case 'certified-durable':
      onCertifiedDurable(turn, input);
      return;
    case 'peer-status':
      onPeerStatus(turn, input.from, input.status);
      return;
    case 'own-newest':
      onOwnNewest(turn, input);
      return;
    case 'waiting':
      onWaiting(turn, input.from, input.ids);
      return;
    case 'settled':
      onSettled(turn, input.ids);
      return;
  }
}

/** What is due by now. Each stage only needs what the stages before it left. */
function advance(turn: Turn): void {
  const { state } = turn;
  if (isHalted(state)) return;
  beginVoting(turn);
  adoptProposals(turn);
  castVotes(turn);
  decideSlots(turn);
  executeOrdered(turn);
  sealExecuted(turn);
  certifyExecuted(turn);
  if (isHalted(state)) return;
  joinViewChanges(turn);
  startViewTimer(turn);
  buildNewView(turn);
  reportBehind(turn);
}

const isHalted = (state: ConsensusState): boolean => state.mode === 'halted';

function onTick(turn: Turn): void {
  keepActivationWaiting(turn);
  noteCalm(turn);
  judgeDeadlines(turn);
  judgeSilence(turn);
  onViewTimer(turn);
  beat(turn);
  askOwnNewest(turn);
}

/**
 * Own messages count once they are durable and signed: through the same handlers as anyone's. What was on its way
 * when the epoch changed belongs to the one before (E2): a VIEW-CHANGE of it asks for no view of this one.
 */
function onOwn(turn: Turn, message: ConsensusMessage): void {
  const { state } = turn;
  const { self, epoch } = state.config;
  if (epochOfMessage(message) !== epoch) return;
  if (message.kind === 'new-view') {
    onOwnNewView(turn, message);
    return;
  }
  if (message.kind === 'view-change') state.ownViewChange = message;
  if (message.kind === 'pre-prepare') onOwnPrePrepare(turn, message);
  dispatch(turn, self, message);
}

/** Too late if a higher view was asked for, or entered, while it was signed: a replica never goes back. */
function onOwnNewView(turn: Turn, message: ConsensusMessage & { kind: 'new-view' }): void {
  const { asked, view } = turn.state;
  if (message.vote.view >= asked && message.vote.view > view) enterView(turn, message);
}

function onCertifiedDurable(turn: Turn, input: Input & { type: 'certified-durable' }): void {
  const { state } = turn;
  const before = state.certified.height;
  raiseCertified(turn, input);
  if (state.certified.height === before) return;
  passBoundary(turn, input.boundary);
  restartBehindClock(turn);
  extendDeadlines(turn, input.summary);
  if (isInView(state)) state.failedViews = 0;
}

/** Monotonic time at which the next `tick` is due. */
export function nextDeadlineMs(state: ConsensusState): number | undefined {
  if (state.mode === 'halted') return undefined;
  const never = Number.POSITIVE_INFINITY;
  return Math.min(
    state.heartbeatDueMs,
    state.mode === 'starting' ? state.askNewestDueMs : never,
    waitingDeadlineMs(state) ?? never,
    silenceDeadlineMs(state) ?? never,
    state.viewTimer?.deadlineMs ?? never,
    behindDeadlineMs(state) ?? never,
    state.earlyRecheckMs ?? never,
  );
}
