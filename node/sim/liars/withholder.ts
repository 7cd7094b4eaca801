/** Keeps for itself what others need: bodies and blocks that are asked for, or its seals, or its votes. */
import type { LinkMessage } from '../../runtime/wire.ts';
import type { CreateLiar } from './liar.ts';
import { changed } from './tools.ts';

const habits = ['bodies', 'seals', 'commits', 'view-changes'] as const;
/** Where payloads travel it may keep these alone, so that others hear of what they cannot have. */
const keepsPayloadsShare = 0.5;

export const createWithholder: CreateLiar = (tools) => {
  const { prng, world } = tools;
  const keepsPayloads = world.settings.payloadShare > 0 && prng.chance(keepsPayloadsShare);
  const habit = prng.pick(habits);
  const kept = { bodies: '', seals: 'seal', commits: 'commit', 'view-changes': 'view-change' }[habit];

  function carriesBodies({ type }: LinkMessage): boolean {
    return ['transactions', 'bodies', 'batch', 'blocks', 'payloads'].includes(type);
  }

  return {
    says: (_to, message) => {
      if (keepsPayloads) return message.type === 'payloads' ? [] : [{ message }];
      if (habit === 'bodies') return carriesBodies(message) ? [] : [{ message }];
      return [{ message: changed(tools, message, (said) => (said.kind === kept ? [] : [said])) }];
    },
  };
};
