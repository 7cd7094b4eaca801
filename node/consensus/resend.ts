/** What a peer lacks is sent again (V6): links lose messages, and restarts lose what was in flight. */
import type { Epoch, Height, ValidatorId } from '../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { isValidator } from './membership.ts';
import type { ConsensusState, Slot, Turn } from './state.ts';
import type { PeerStatus } from './types.ts';

/** The view is the highest one whose NEW-VIEW is held, so that who holds it knows to send it. */
export function statusOf(state: ConsensusState): PeerStatus {
  return {
    epoch: state.config.epoch,
    view: state.installed ? state.view : (0 as PeerStatus['view']),
    height: state.certified.height,
    executed: state.executed,
  };
}

/** Own votes and seals above the peer's h, the last certificate, the latest VIEW-CHANGE, the current NEW-VIEW. */
export function onPeerStatus(turn: Turn, from: ValidatorId, status: PeerStatus): void {
  const { state } = turn;
  const { epoch, self } = state.config;
  if (from === self || !Number.isSafeInteger(status.height)) return;
  if (status.epoch < epoch) {
    tellEpochEnd(turn, from, status.epoch);
    return;
  }
  if (isValidator(state.config, from)) state.peerHeights.set(from, status.height);
  if (status.epoch > epoch) turn.outputs.push({ type: 'status-due', to: from });
  // Who only follows is told of the last certificate by the runtime, with all else that is no vote.
  else if (isValidator(state.config, from)) resendTo(turn, from, status);
}

/** A peer is told so often how its epoch ended; one certificate leads to the next epoch only. */
const epochEndRepeatHeartbeats = 4;
/** More peers than those of two epochs have to wait for one another. */
const epochEndsToldMax = (state: ConsensusState): number => 2 * state.config.validators.length;

/** Rule V6: who stands in an earlier epoch needs the certificate of its last block, and nothing else of ours. */
export function tellEpochEnd(turn: Turn, to: ValidatorId, epoch: Epoch): void {
  const { state, now } = turn;
  if (to === state.config.self || !Number.isSafeInteger(epoch) || epoch < 0) return;
  const { epochEndsToldMs, config } = state;
  const dueMs = now.monotonicMs - epochEndRepeatHeartbeats * config.parameters.heartbeatMs;
  for (const [peer, toldMs] of epochEndsToldMs) if (toldMs <= dueMs) epochEndsToldMs.delete(peer);
  if (epochEndsToldMs.has(to) || epochEndsToldMs.size >= epochEndsToldMax(state)) return;
  epochEndsToldMs.set(to, now.monotonicMs);
  turn.outputs.push({ type: 'epoch-certificate', to, epoch });
}

export function resendTo(turn: Turn, to: ValidatorId, status: PeerStatus): void {
  const { state } = turn;
  const messages = [...viewMessages(state, status), ...slotMessages(turn, status.height)];
  const { certificate, height } = state.certified;
  const isNewsToPeer = certificate !== undefined && height > status.height;
  if (messages.length === 0 && !isNewsToPeer) return;
  turn.outputs.push({ type: 'send', to, messages, ...(isNewsToPeer ? { certificate } : {}) });
}

/** NEW-VIEW first, so that the votes behind it find their view open. */
function viewMessages(state: ConsensusState, status: PeerStatus): readonly ConsensusMessage[] {
  const messages: ConsensusMessage[] = [];
  if (state.newView !== undefined && status.view < state.view) messages.push(state.newView);
  const isAsking = state.changingTo !== undefined || status.view < state.asked;
  if (state.ownViewChange !== undefined && isAsking) messages.push(state.ownViewChange);
  return messages;
}

/** A slot younger than a heartbeat is still on its way: sending it again would only double the traffic. */
function slotMessages(turn: Turn, height: Height): readonly ConsensusMessage[] {
  const { state, now } = turn;
  const oldestMs = now.monotonicMs - state.config.parameters.heartbeatMs;
  return [...state.slots.values()]
    .filter((slot) => slot.sequence > height && slot.createdMs <= oldestMs)
    .sort((a, b) => a.sequence - b.sequence)
    .flatMap((slot) => ownMessages(state.config.self, slot));
}

function ownMessages(self: ValidatorId, slot: Slot): readonly ConsensusMessage[] {
  const seal = slot.seals.get(self);
  return [
    ...(slot.prePrepares.get(self)?.values() ?? []),
    ...(slot.prepares.get(self)?.values() ?? []),
    ...(slot.commits.get(self)?.values() ?? []),
    ...(seal === undefined ? [] : [seal]),
  ];
}
