/** Floods: bytes that mean nothing, votes far above the window and in far views, false claims, questions without end. */
import { encodeMessage } from '../../../shared/codec/messages.ts';
import {
  type Digest,
  epochOf,
  heightOf,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../../../shared/types/brands.ts';
import type { VoteKind } from '../../../shared/types/messages.ts';
import type { CreateLiar } from './liar.ts';

const burst = 6;

export const createFlooder: CreateLiar = ({ prng, peers, self, epoch, signVote, send, sendBytes }) => {
  const hex = (): string => Array.from({ length: 64 }, () => prng.below(16).toString(16)).join('');

  function vote(): Uint8Array {
    const kind: VoteKind = prng.pick(['prepare', 'commit'] as const);
    const signed = signVote({
      kind,
      epoch: epochOf(epoch() + prng.below(2)),
      view: viewOf(prng.below(1_000)),
      sequence: heightOf(1 + prng.below(prng.chance(0.5) ? 40 : 1_000_000)),
      content: hex() as Digest,
      sender: self,
    });
    return encodeMessage({ kind, vote: signed } as Parameters<typeof encodeMessage>[0]);
  }

  function pester(peer: ValidatorId): void {
    switch (prng.below(5)) {
      case 0:
        sendBytes(
          peer,
          Uint8Array.from({ length: prng.below(80) }, () => prng.below(256)),
        );
        return;
      case 1:
        send(peer, { type: 'consensus', messages: Array.from({ length: burst }, vote) });
        return;
      case 2:
        send(peer, { type: 'get-blocks', from: heightOf(1 + prng.below(5)), count: prng.below(1_000_000) });
        return;
      case 3:
        send(peer, { type: 'status', status: falseStatus() });
        return;
      case 4:
        send(peer, { type: 'get-bodies', ids: [hex() as TransactionId] });
        return;
    }
  }

  function falseStatus(): {
    epoch: ReturnType<typeof epochOf>;
    view: ReturnType<typeof viewOf>;
    height: ReturnType<typeof heightOf>;
    executed: ReturnType<typeof heightOf>;
  } {
    const height = heightOf(prng.below(1_000_000));
    return { epoch: epochOf(epoch()), view: viewOf(prng.below(1_000)), height, executed: height };
  }

  return {
    says: (_to, message) => [{ message }],
    acts: () => pester(prng.pick(peers)),
  };
};
