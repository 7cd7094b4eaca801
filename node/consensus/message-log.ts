/**
 * The log of votes: one slot per (kind, view, sequence, sender), the first stays (rule M3). A sender holds at
 * most `viewsHeld` views per sequence and kind, the highest ones, so that a liar can only crowd out itself.
 */
import type { View } from '../../shared/types/brands.ts';
import type {
  CommitMessage,
  PrePrepareMessage,
  PrepareMessage,
  SealMessage,
} from '../../shared/types/messages.ts';
import { reportConflict } from './evidence.ts';
import type { Slot, Turn, VotesBySender } from './state.ts';

export const viewsHeld = 4;
/** PRE-PREPAREs carry batches: fewer are held. */
export const proposalViewsHeld = 2;

export type LogResult = 'kept' | 'known' | 'conflict' | 'dropped';

export function logPrePrepare(turn: Turn, slot: Slot, message: PrePrepareMessage): LogResult {
  return logVote(turn, slot.prePrepares, message, proposalViewsHeld);
}

export function logPrepare(turn: Turn, slot: Slot, message: PrepareMessage): LogResult {
  return logVote(turn, slot.prepares, message, viewsHeld);
}

export function logCommit(turn: Turn, slot: Slot, message: CommitMessage): LogResult {
  return logVote(turn, slot.commits, message, viewsHeld);
}

export function logSeal(turn: Turn, slot: Slot, seal: SealMessage): LogResult {
  const first = slot.seals.get(seal.sender);
  if (first === undefined) {
    slot.seals.set(seal.sender, seal);
    return 'kept';
  }
  if (first.block === seal.block) return 'known';
  reportConflict(turn, first, seal);
  return 'conflict';
}

function logVote<Message extends PrePrepareMessage | PrepareMessage | CommitMessage>(
  turn: Turn,
  votes: VotesBySender<Message>,
  message: Message,
  limit: number,
): LogResult {
  const { sender, view, content } = message.vote;
  const byView = votes.get(sender) ?? new Map<View, Message>();
  votes.set(sender, byView);
  const first = byView.get(view);
  if (first !== undefined) {
    if (first.vote.content === content) return 'known';
    reportConflict(turn, first.vote, message.vote);
    return 'conflict';
  }
  if (byView.size >= limit) {
    const lowest = Math.min(...byView.keys()) as View;
    if (view < lowest) return 'dropped';
    byView.delete(lowest);
  }
  byView.set(view, message);
  return 'kept';
}
