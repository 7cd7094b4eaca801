/** What every liar needs: its key, chance, the links, and ways to take a message apart and sign it anew. */
import {
  encodeMessage,
  newViewContent,
  sealSigningBytes,
  viewChangeContent,
  voteSigningBytes,
} from '../../../shared/codec/messages.ts';
import type { NetworkId, Signature, ValidatorId, View } from '../../../shared/types/brands.ts';
import type {
  ConsensusMessage,
  NewViewBody,
  NewViewMessage,
  SealMessage,
  SignedVote,
  ViewChangeBody,
  ViewChangeMessage,
  Vote,
} from '../../../shared/types/messages.ts';
import { encodeLinkMessage, type LinkMessage } from '../../runtime/wire.ts';
import type { Disk } from '../disk.ts';
import { type EpochFold, primaryIn } from '../epoch-fold.ts';
import type { Founding } from '../founding.ts';
import { signKeyed } from '../keyed-hash.ts';
import type { Prng } from '../prng.ts';
import type { World } from '../world.ts';

export interface LiarTools {
  readonly self: ValidatorId;
  readonly peers: readonly ValidatorId[];
  readonly prng: Prng;
  readonly world: World;
  readonly founding: Founding;
  /** The newest. */
  epoch(): number;
  /** In the order of ids; the first set if nothing is known of that epoch. */
  validatorsOf(epoch: number): readonly ValidatorId[];
  /** Of the newest epoch. */
  readonly primaryOf: (view: View) => ValidatorId;
  /** Half of the peers, the same one all the time. */
  isOnOneSide(peer: ValidatorId): boolean;
  read(bytes: Uint8Array): ConsensusMessage | undefined;
  /** What its node has on disk. */
  disk(): Disk;
  /** It said two things in one slot (rule W1). */
  contradicts(): void;
  /** Whatever it says, in this liar's name; another network if asked. */
  signVote(vote: Vote, network?: NetworkId): SignedVote;
  signSeal(seal: Omit<SealMessage, 'signature' | 'sender'>): SealMessage;
  signViewChange(vote: Vote, body: ViewChangeBody): ViewChangeMessage;
  signNewView(vote: Vote, body: NewViewBody): NewViewMessage;
  send(to: ValidatorId, message: LinkMessage): void;
  sendBytes(to: ValidatorId, frame: Uint8Array): void;
}

export interface LiarSeat {
  readonly self: ValidatorId;
  readonly epochs: EpochFold;
  readonly world: World;
  readonly founding: Founding;
  disk(): Disk;
  contradicts(): void;
  /** Everything that is signed passes by here. */
  signing(message: Uint8Array): void;
  sendBytes(to: ValidatorId, frame: Uint8Array): void;
}

export function createTools(seat: LiarSeat): LiarTools {
  const { self, epochs, world, founding, signing, sendBytes, disk, contradicts } = seat;
  const { ids, genesis, seats } = founding;
  const side = new Map(ids.map((id) => [id, world.prng.chance(0.5)]));

  /** With its key of that epoch, or its first one where it has none. */
  function sign(epoch: number, message: Uint8Array): Signature {
    signing(message);
    const { consensusKey } = epochs.of(epoch)?.validators.get(self) ?? seats.get(self)!;
    return signKeyed(consensusKey, message);
  }

  function signVote(vote: Vote, network: NetworkId = genesis.network): SignedVote {
    const said = { ...vote, sender: self };
    return { ...said, signature: sign(said.epoch, voteSigningBytes(network, said)) };
  }

  function read(bytes: Uint8Array): ConsensusMessage | undefined {
    try {
      const { window, batchLimit } = epochs.current().parameters;
      return world.reader.message(bytes, { validators: ids.length, window, batchLimit });
    } catch {
      // It passes on what it cannot read; honest nodes never send such bytes.
      return undefined;
    }
  }

  return {
    self,
    peers: ids.filter((id) => id !== self),
    prng: world.prng,
    world,
    founding,
    epoch: () => epochs.current().epoch,
    validatorsOf: (epoch) => [...(epochs.of(epoch)?.validators.keys() ?? founding.first)],
    primaryOf: (view) => primaryIn(epochs.current(), view),
    isOnOneSide: (peer) => side.get(peer) === true,
    read,
    disk,
    contradicts,
    signVote,
    signSeal: (seal) => ({
      ...seal,
      sender: self,
      signature: sign(seal.epoch, sealSigningBytes(genesis.network, seal)),
    }),
    signViewChange: (vote, body) => ({
      kind: 'view-change',
      vote: signVote({ ...vote, content: viewChangeContent(body) }),
      body,
    }),
    signNewView: (vote, body) => ({
      kind: 'new-view',
      vote: signVote({ ...vote, content: newViewContent(body) }),
      body,
    }),
    send: (to, message) => sendBytes(to, encodeLinkMessage(message)),
    sendBytes,
  };
}

/** The message with each consensus message in it replaced by what `change` says, by none or by several. */
export function changed(
  { read }: LiarTools,
  message: LinkMessage,
  change: (message: ConsensusMessage) => readonly ConsensusMessage[],
): LinkMessage {
  if (message.type !== 'consensus') return message;
  const messages = message.messages.flatMap((bytes) => {
    const known = read(bytes);
    if (known === undefined) return [bytes];
    const said = change(known);
    return said.length === 1 && said[0] === known ? [bytes] : said.map(encodeMessage);
  });
  return { ...message, messages };
}
