/** In every slot first its vote, then the opposite: each honest validator that hears both can show it (rule W1). */
import type { Digest } from '../../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../../shared/types/messages.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

const other = 'ee'.repeat(32) as Digest;

export const createTurncoat: CreateLiar = (tools) => {
  function turn(message: ConsensusMessage): ConsensusMessage[] {
    if (message.kind !== 'prepare' && message.kind !== 'commit') return [message];
    if (message.vote.sender !== tools.self) return [message];
    tools.contradicts();
    return [message, { kind: message.kind, vote: tools.signVote({ ...message.vote, content: other }) }];
  }

  return { says: (_to, message) => [{ message: changed(tools, message, turn) }] };
};
