/** In every slot first its vote, then the opposite: each honest validator that hears both can show it (rule W1). */
import type { Digest } from '../../../shared/types/brands.ts';
import type { ConsensusMessage } from '../../../shared/types/messages.ts';
import type { Liar, Lie } from './tamper.ts';

const other = 'ee'.repeat(32) as Digest;

export function createTurncoat({ id, sign, contradicts }: Liar): Lie {
  return (message): readonly ConsensusMessage[] => {
    if (message.kind !== 'prepare' && message.kind !== 'commit') return [message];
    if (message.vote.sender !== id) return [message];
    contradicts();
    const { signature: _, ...vote } = message.vote;
    return [message, { kind: message.kind, vote: sign({ ...vote, content: other }) }];
  };
}
