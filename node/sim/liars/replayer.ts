/** Says again what it heard long ago from others, tears it out of its frame, and signs for another network. */
import type { encodeMessage } from '../../../shared/codec/messages.ts';
import type { NetworkId } from '../../../shared/types/brands.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

const heardMax = 200;
const foreign = 'ee'.repeat(32) as NetworkId;

export const createReplayer: CreateLiar = (tools) => {
  const { prng, peers, self, signVote, send } = tools;
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

  /** Its own votes, as it would sign them in another network. */
  function abroad(message: Parameters<typeof encodeMessage>[0]): Parameters<typeof encodeMessage>[0][] {
    if (!('vote' in message) || message.vote.sender !== self) return [message];
    return [{ ...message, vote: signVote(message.vote, foreign) } as typeof message];
  }
};
