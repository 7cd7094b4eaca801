/**
 * From one epoch into the next (rules E1, E2, D3). The last block of an epoch hands over once it is certified,
 * durable and executed here, and never before: until then nothing at or above the next epoch's first height is
 * signed, in either epoch. What belongs to an epoch ends with it; what is left is h and what clients wait for.
 */
import type { Height, View } from '../../shared/types/brands.ts';
import { onCertificate } from './certified.ts';
import { restartActivation, restartDeadlines } from './fairness.ts';
import { sequenceOfKey } from './intents.ts';
import { invariant } from './invariant.ts';
import { isValidator } from './membership.ts';
import { renewSchedule, takeHeld } from './next-epoch.ts';
import { askOwnNewest } from './own-newest.ts';
import { onMessage } from './receive.ts';
import type { ConsensusState, EpochFields, Turn } from './state.ts';
import type { BoundaryInput, ConsensusConfig, Horizon, Now } from './types.ts';

/** Named one by one, so that none that is added to the state can be forgotten at a hand-over. */
type Every<Fields> = { readonly [Name in keyof Required<Fields>]: Fields[Name] };

/** The first view of an epoch, in which nothing has happened yet. */
export function epochFields(config: ConsensusConfig, height: Height, now: Now): Every<EpochFields> {
  const { monotonicMs } = now;
  const first = 0 as View;
  return {
    config,
    horizon: {},
    nextEpoch: undefined,
    view: first,
    installed: true,
    changingTo: undefined,
    asked: first,
    askedBefore: first,
    slots: new Map(),
    ownVotes: new Map(),
    ownSeals: new Map(),
    certifiedBatches: new Map(),
    ownViewChange: undefined,
    ownNewViewView: first,
    viewChanges: new Map(),
    newView: undefined,
    newViewPlan: undefined,
    pendingNewView: undefined,
    certificates: new Map(),
    highestCertificate: undefined,
    behindSinceMs: undefined,
    behindReported: undefined,
    checks: new Map(),
    waitingSlots: new Map(),
    activationItem: undefined,
    failedViews: 0,
    enteredMs: monotonicMs,
    primaryHeardMs: monotonicMs,
    heartbeatAtMs: new Map(config.validators.map(({ id }) => [id, monotonicMs])),
    proposedMs: monotonicMs,
    viewTimer: undefined,
    heartbeatDueMs: monotonicMs,
    earlyRecheckMs: undefined,
    newest: new Map(),
    newestAnswers: new Set(),
    askNewestDueMs: monotonicMs,
    storeHeight: height,
    lastViewChange: undefined,
    certifiedBlocks: new Map(),
    strayed: new Map(),
    evidenceReported: new Set(),
  };
}

/** What the block that h has just reached says about the end of the epoch. */
export function passBoundary(turn: Turn, boundary: BoundaryInput): void {
  if (boundary.kind === 'handover') {
    enterEpoch(turn, boundary.next);
    return;
  }
  const { kind: _, ...horizon } = boundary;
  renewHorizon(turn, horizon);
}

/**
 * Rule E1: a schedule that becomes known lies above all that was signed here, for a ≥ d + window + 1. If it did
 * not, somebody could be asked for two blocks at one height: stopping is the safe answer.
 */
function renewHorizon(turn: Turn, horizon: Horizon): void {
  const { state } = turn;
  const { lastHeight } = horizon;
  if (lastHeight !== undefined) {
    invariant(lastHeight > state.certified.height, 'E1: the last block of an epoch hands over');
    if (state.mode === 'voting' && lastHeight !== state.horizon.lastHeight)
      invariant(highestSigned(state) <= lastHeight, 'E1: nothing was signed above the end of the epoch');
  }
  state.horizon = horizon;
  renewSchedule(state, horizon);
  restartActivation(turn);
}

const highestSigned = (state: ConsensusState): number =>
  Math.max(0, ...state.ownSeals.keys(), ...[...state.ownVotes.keys()].map(sequenceOfKey));

/**
 * The one place where a replica changes its epoch (rule E1), after the last block of the one before was pruned.
 * What was held for the next epoch follows in the order of arrival, as if it came now.
 */
export function enterEpoch(turn: Turn, next: ConsensusConfig): void {
  const { state, now } = turn;
  const { height } = state.certified;
  invariant(isNext(state.config, next), 'E2: epochs follow one another');
  invariant(next.firstHeight === height + 1, 'E1: the next epoch starts above the last block of this one');
  invariant(!next.mayVote || isValidator(next, next.self), 'who votes is a validator');
  invariant(state.executeEmitted === height, 'E1: nothing above the end of the epoch is executed');
  const held = takeHeld(state, next);
  const mode = modeAtEntry(state, next);
  state.mode = mode;
  // After a recovery nothing certifies that block for the new set (rule V2): it is h without a certificate.
  if (next.previous === undefined) state.certified = { height, block: state.certified.block };
  Object.assign(state, epochFields(next, height, now));
  for (const id of state.peerHeights.keys()) if (!isValidator(next, id)) state.peerHeights.delete(id);
  restartDeadlines(turn);
  const { epoch, firstHeight } = next;
  turn.outputs.push({ type: 'epoch-entered', epoch, firstHeight, mode });
  askOwnNewest(turn);
  if (held.hint !== undefined) onCertificate(turn, held.hint);
  for (const { from, message } of held.messages) onMessage(turn, from, message);
}

/** Only a recovery skips one: an epoch in which nothing was sealed before its quorum was gone. */
const isNext = ({ epoch }: ConsensusConfig, next: ConsensusConfig): boolean =>
  next.previous === undefined ? next.epoch > epoch : next.epoch === epoch + 1;

/**
 * Rule D3: who voted until now has all its votes, whichever key it signs with from here on. Who did not may have
 * voted in this very epoch before its disk was rolled back, and asks its peers first.
 */
function modeAtEntry(state: ConsensusState, next: ConsensusConfig): 'voting' | 'starting' | 'observing' {
  if (!next.mayVote) return 'observing';
  return state.mode === 'voting' ? 'voting' : 'starting';
}
