/**
 * Different transactions for different validators: a client in league with it signs two that share one nonce, and
 * each side hears of one (X2: at most one may run). Some transactions reach nobody but one peer.
 */
import type { ValidatorId } from '../../../shared/types/brands.ts';
import { twoWithOneNonce } from '../transactions.ts';
import type { CreateLiar } from './liar.ts';

export const createSplitter: CreateLiar = (tools) => {
  const { prng, peers, world, founding, send, isOnOneSide } = tools;
  let serial = 0;

  function acts(): void {
    serial += 1;
    const pair = twoWithOneNonce(founding, `${tools.self}${serial}`, world.queue.nowMs());
    for (const peer of peers) {
      const { envelope, id } = pair[isOnOneSide(peer) ? 0 : 1];
      send(peer, { type: 'transactions', envelopes: [envelope] });
      send(peer, { type: 'hand-over', ids: [id] });
    }
  }

  const favourite: ValidatorId = prng.pick(peers);
  return {
    says: (to, message) => (message.type === 'transactions' && to !== favourite ? [] : [{ message }]),
    acts,
  };
};
