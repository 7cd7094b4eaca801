/** A signed message on its way to its handler: its epoch (E2), its slot (M3), its sender, its kind. */
import type { Epoch, ValidatorId } from '../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../shared/types/messages.ts';
import { onCommit, onPrepare } from './agreement.ts';
import { onSeal } from './certified.ts';
import { noteHeartbeat, notePrimaryLife } from './heartbeats.ts';
import { isValidator } from './membership.ts';
import { onNewView } from './new-view.ts';
import { holdForNextEpoch } from './next-epoch.ts';
import { inspectOwn, rememberNewest } from './own-newest.ts';
import { onPrePrepare } from './proposals.ts';
import { tellEpochEnd } from './resend.ts';
import { reject, type Turn } from './state.ts';
import { onViewChange } from './view-change.ts';

/** A message counts only in its epoch (E2) and of a validator; its slot must be one (M3). */
export function onMessage(turn: Turn, from: ValidatorId, message: ConsensusMessage): void {
  const { config } = turn.state;
  const fault = slotFault(message);
  if (fault !== undefined) {
    reject(turn, from, 'M3', fault);
    return;
  }
  if (epochOfMessage(message) !== config.epoch) {
    onOtherEpoch(turn, from, message);
    return;
  }
  if (!isValidator(config, senderOf(message))) {
    reject(turn, from, 'M3', 'sender is no validator');
    return;
  }
  inspectOwn(turn, message);
  if (senderOf(message) === config.self) return;
  rememberNewest(turn.state, message);
  notePrimaryLife(turn, from, message);
  noteHeartbeat(turn, from, message);
  dispatch(turn, from, message);
}

/**
 * Rule E2: it counts in no epoch but its own. An earlier one is over: stale, and its sender does not know yet. What
 * is of the next one is held; of what comes after it nobody here can tell who signs.
 */
function onOtherEpoch(turn: Turn, from: ValidatorId, message: ConsensusMessage): void {
  const epoch = epochOfMessage(message);
  if (epoch < turn.state.config.epoch) tellEpochEnd(turn, from, epoch);
  else holdForNextEpoch(turn, from, message);
}

function slotFault(message: ConsensusMessage): string | undefined {
  const isNumber = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if ('vote' in message && message.vote.kind !== message.kind) return 'kind differs from its vote';
  const numbers = 'vote' in message ? [message.vote.view, message.vote.sequence] : [message.height];
  return [epochOfMessage(message), ...numbers].every(isNumber) ? undefined : 'slot malformed';
}

export const epochOfMessage = (message: ConsensusMessage): Epoch =>
  'vote' in message ? message.vote.epoch : message.epoch;

const senderOf = (message: ConsensusMessage): ValidatorId =>
  'vote' in message ? message.vote.sender : message.sender;

export function dispatch(turn: Turn, from: ValidatorId, message: ConsensusMessage): void {
  switch (message.kind) {
    case 'pre-prepare':
      onPrePrepare(turn, from, message);
      return;
    case 'prepare':
      onPrepare(turn, from, message);
      return;
    case 'commit':
      onCommit(turn, message);
      return;
    case 'view-change':
      onViewChange(turn, from, message);
      return;
    case 'new-view':
      onNewView(turn, from, message);
      return;
    case 'seal':
      onSeal(turn, message);
      return;
    case 'heartbeat':
      return;
  }
}
