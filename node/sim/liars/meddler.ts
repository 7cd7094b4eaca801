/** Sends its messages with one field changed by one, and properly signed: view, sequence, epoch, digest. */
import { epochOf, heightOf, viewOf } from '../../../shared/types/brands.ts';
import type { ConsensusMessage, SealMessage, SignedVote, Vote } from '../../../shared/types/messages.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

const meddleShare = 0.25;

export const createMeddler: CreateLiar = (tools) => {
  const { prng, signVote, signSeal, self } = tools;

  const beside = (value: number): number => Math.max(0, value + (prng.chance(0.5) ? 1 : -1));

  function otherDigest<Hex extends string>(digest: Hex): Hex {
    const at = prng.below(digest.length);
    const digit = (Number.parseInt(digest.charAt(at), 16) ^ 1).toString(16);
    return `${digest.slice(0, at)}${digit}${digest.slice(at + 1)}` as Hex;
  }

  function otherVote(vote: Vote): SignedVote {
    switch (prng.pick(['view', 'sequence', 'epoch', 'content'] as const)) {
      case 'view':
        return signVote({ ...vote, view: viewOf(beside(vote.view)) });
      case 'sequence':
        return signVote({ ...vote, sequence: heightOf(beside(vote.sequence)) });
      case 'epoch':
        return signVote({ ...vote, epoch: epochOf(beside(vote.epoch)) });
      case 'content':
        return signVote({ ...vote, content: otherDigest(vote.content) });
    }
  }

  function otherSeal({ kind, epoch, height, block }: SealMessage): SealMessage {
    switch (prng.pick(['height', 'epoch', 'block'] as const)) {
      case 'height':
        return signSeal({ kind, epoch, height: heightOf(beside(height)), block });
      case 'epoch':
        return signSeal({ kind, epoch: epochOf(beside(epoch)), height, block });
      case 'block':
        return signSeal({ kind, epoch, height, block: otherDigest(block) });
    }
  }

  function meddle(message: ConsensusMessage): ConsensusMessage[] {
    if (!prng.chance(meddleShare)) return [message];
    if (message.kind === 'heartbeat') return [message];
    if (message.kind === 'seal') return [message.sender === self ? otherSeal(message) : message];
    if (message.vote.sender !== self) return [message];
    return [{ ...message, vote: otherVote(message.vote) } as ConsensusMessage];
  }

  return { says: (_to, message) => [{ message: changed(tools, message, meddle) }] };
};
