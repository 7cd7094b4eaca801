/** Says again what it heard long ago from others, tears it out of its frame, and signs it for another network or epoch. */
import type { encodeMessage } from '../../../shared/codec/messages.ts';
import { epochOf, type NetworkId } from '../../../shared/types/brands.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

const heardMax = 200;
const foreign = 'ee'.repeat(32) as NetworkId;

export const createReplayer: CreateLiar = (tools) => {
  const { prng, peers, signVote, send } = tools;
  const heard: Uint8Array[] = [];

  function remember(bytes: Uint8Array): void {
    if (heard.length < heardMax) heard.push(bytes);
    else if (prng.chance(0.1)) heard[prng.below(heardMax)] = bytes;
  }

  return {
    says: (_to, message) => [{ message }],
    hears: (_from, message) => {
      if (message.type === 'consensus') for (const bytes of message.messages) remember(bytes);
      return true;
    },
    acts: () => {
      if (heard.length === 0) return;
      const messages = [prng.pick(heard), prng.pick(heard)];
      const said = { type: 'consensus', messages } as const;
      send(prng.pick(peers), prng.chance(0.8) ? said : changed(tools, said, abroad));
    },
  };

  /** A vote that it heard, as it would cast it itself in another network, or in the next epoch of this one. */
  function abroad(message: Parameters<typeof encodeMessage>[0]): Parameters<typeof encodeMessage>[0][] {
    if (!('vote' in message)) return [message];
    const { vote } = message;
    const signed = prng.chance(0.5)
      ? signVote(vote, foreign)
      : signVote({ ...vote, epoch: epochOf(vote.epoch + 1) });
    return [{ ...message, vote: signed } as typeof message];
  }
};
