/** A liar runs the product's code and changes what it sends: each kind of liar is a function over its messages. */
import {
  decodeMessage,
  encodeMessage,
  type MessageLimits,
  voteSigningBytes,
} from '../../../shared/codec/messages.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { ConsensusMessage, SignedVote, Vote } from '../../../shared/types/messages.ts';
import { decodeLinkMessage, encodeLinkMessage } from '../../runtime/wire.ts';
import type { Disk } from '../disk.ts';
import type { Founding } from '../founding.ts';
import { signKeyed } from '../keyed-hash.ts';
import { forge } from './forger.ts';
import { createStaleProposer } from './stale-proposer.ts';
import { createTurncoat } from './turncoat.ts';

/**
 * `forger`: VIEW-CHANGEs with prepared certificates that nobody signed. `turncoat`: says one thing, then another,
 * in every slot. `stale-proposer`: puts what ran before into its batches once more.
 */
export type LiarKind = 'forger' | 'turncoat' | 'stale-proposer';

export interface Liar {
  readonly founding: Founding;
  readonly id: ValidatorId;
  readonly disk: Disk;
  sign(vote: Vote): SignedVote;
  /** It said two things in one slot. */
  contradicts(): void;
}

/** What goes out in place of one message. */
export type Lie = (message: ConsensusMessage) => readonly ConsensusMessage[];
/** What goes out in place of one frame. */
export type Tamper = (frame: Uint8Array) => Uint8Array;

export function createTamper(
  kind: LiarKind,
  founding: Founding,
  { id, disk, contradicts }: Pick<Liar, 'id' | 'disk' | 'contradicts'>,
): Tamper {
  const { document, genesis } = founding;
  const { parameters, validators } = document;
  const key = validators.find((validator) => validator.id === id)!.consensusKey;
  const sign = (vote: Vote): SignedVote => ({
    ...vote,
    signature: signKeyed(key, voteSigningBytes(genesis.network, vote)),
  });
  const limits: MessageLimits = { validators: validators.length, ...parameters };
  const lie = lieOf(kind, { founding, id, disk, sign, contradicts });
  return (frame) => {
    const link = decodeLinkMessage(frame, parameters);
    if (link.type !== 'consensus') return frame;
    const messages = link.messages.flatMap((bytes) => lie(decodeMessage(bytes, limits)).map(encodeMessage));
    return encodeLinkMessage({ ...link, messages });
  };
}

function lieOf(kind: LiarKind, liar: Liar): Lie {
  if (kind === 'forger') return (message) => [forge(liar, message)];
  return kind === 'turncoat' ? createTurncoat(liar) : createStaleProposer(liar);
}
