/**
 * Says one thing to one side and another to the rest: as primary it proposes two batches for a slot, and its
 * PREPAREs and COMMITs fit what each side heard from whoever is primary. Each lie is signed and stays the same.
 */
import { batchDigest } from '../../../shared/codec/ledger.ts';
import type { Batch } from '../../../shared/types/ledger.ts';
import type { ConsensusMessage, PrePrepareMessage, SignedVote } from '../../../shared/types/messages.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

export const createEquivocator: CreateLiar = (tools) => {
  const { signVote, isOnOneSide, primaryOf, self } = tools;

  /** Orders in the same slot what nobody asked for in this order. */
  function otherBatch(batch: Batch): Batch {
    return { ...batch, time: batch.time + 1, ids: [...batch.ids].reverse().slice(0, batch.ids.length - 1) };
  }

  /** Digest of the truth → of the lie, for what this liar proposed itself. */
  const lies = new Map<string, string>();

  function proposal(message: PrePrepareMessage): PrePrepareMessage {
    const batch = otherBatch(message.batch);
    const content = batchDigest(batch);
    lies.set(message.vote.content, content);
    if (lies.size > 64) lies.delete(lies.keys().next().value ?? '');
    return { kind: 'pre-prepare', vote: signVote({ ...message.vote, content }), batch };
  }

  function vote<Message extends { readonly vote: SignedVote }>(message: Message): Message {
    const content = lies.get(message.vote.content);
    if (content === undefined || message.vote.sender !== self) return message;
    return { ...message, vote: signVote({ ...message.vote, content: content as SignedVote['content'] }) };
  }

  function lie(message: ConsensusMessage): ConsensusMessage[] {
    switch (message.kind) {
      case 'pre-prepare':
        return [primaryOf(message.vote.view) === self ? proposal(message) : message];
      case 'prepare':
      case 'commit':
        return [vote(message)];
      default:
        return [message];
    }
  }

  return {
    says: (to, message) => [{ message: isOnOneSide(to) ? changed(tools, message, lie) : message }],
  };
};
