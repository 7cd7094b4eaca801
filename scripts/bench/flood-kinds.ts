/** What a flooder sends: frames of the runtime, one kind after another, made with one validator's own keys. */
import { randomBytes } from 'node:crypto';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { encodeLinkMessage } from '../../node/runtime/wire.ts';
import { messageFrameBytes, spreadFrameBytes } from '../../node/runtime/wire-bounds.ts';
import { toHex } from '../../shared/codec/hex.ts';
import { envelopeBytesMin } from '../../shared/codec/ledger.ts';
import {
  encodeMessage,
  heartbeatSigningBytes,
  messageBytesMin,
  voteSigningBytes,
} from '../../shared/codec/messages.ts';
import {
  type BlockHash,
  type Digest,
  epochOf,
  heightOf,
  type NetworkId,
  type PublicKey,
  type Signature,
  type TransactionId,
  type ValidatorId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { Vote } from '../../shared/types/messages.ts';
import { type LoadShape, signedAppend } from '../lib/signed-load.ts';

export const floodKinds = ['junk', 'useless', 'transactions', 'requests', 'tiny'] as const;
export type FloodKind = (typeof floodKinds)[number];

export interface FlooderIdentity {
  readonly network: NetworkId;
  readonly self: ValidatorId;
  /** Seed of the consensus key. */
  readonly consensusSeed: Uint8Array;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** `spinning` sends nothing and burns a core: what an enemy's process costs on the same machine, beside what it sends. */
export type EnemyKind = FloodKind | 'spinning';

/** Each call makes the next frame. */
export function floodOf(kind: FloodKind, identity: FlooderIdentity): () => Uint8Array {
  switch (kind) {
    case 'junk':
      return junk();
    case 'useless':
      return useless(identity);
    case 'transactions':
      return transactions(identity);
    case 'requests':
      return requests();
    case 'tiny':
      return tiny();
  }
}

/** Some random, some that begins like a message. */
function junk(): () => Uint8Array {
  const begun = encodeLinkMessage({ type: 'transactions', envelopes: [new Uint8Array(500)] });
  let turn = 0;
  return () => {
    turn += 1;
    return turn % 2 === 0 ? new Uint8Array(randomBytes(1_024)) : begun.with(turn % begun.length, 0xff);
  };
}

/** Rightly signed and new each time, and of no use to anyone: heartbeats of odd times, votes for unknown batches. */
function useless({ network, self, consensusSeed, wallMs }: FlooderIdentity): () => Uint8Array {
  const { secretKey } = keyPairOf(consensusSeed);
  const sign = (bytes: Uint8Array): Signature => signWithSodium(secretKey, bytes) as Signature;
  let turn = 0;
  return () => {
    turn += 1;
    const slot = { epoch: epochOf(0), view: viewOf(0) };
    const block = toHex(new Uint8Array(randomBytes(32)));
    const said = { ...slot, height: heightOf(1), block: block as BlockHash, time: wallMs() - (turn % 1_000) };
    const heartbeat = encodeMessage({
      kind: 'heartbeat',
      ...said,
      sender: self,
      signature: sign(heartbeatSigningBytes(network, said)),
    });
    const vote: Vote = {
      kind: turn % 2 === 0 ? 'prepare' : 'commit',
      ...slot,
      sequence: heightOf(1 + (turn % 5_000)),
      content: block as Digest,
      sender: self,
    };
    const signed = { ...vote, signature: sign(voteSigningBytes(network, vote)) };
    const voted = encodeMessage({ kind: turn % 2 === 0 ? 'prepare' : 'commit', vote: signed });
    return encodeLinkMessage({ type: 'consensus', messages: [heartbeat, voted] });
  };
}

const envelopesPerFrame = 200;

/** Rightly signed by keys that the ledger does not know. */
function transactions({ network, wallMs }: FlooderIdentity): () => Uint8Array {
  return () => {
    const { publicKey, secretKey } = keyPairOf(new Uint8Array(randomBytes(32)));
    const signer = {
      publicKey: toHex(publicKey) as PublicKey,
      sign: (message: Uint8Array) => signWithSodium(secretKey, message),
    };
    const run = toHex(new Uint8Array(randomBytes(8)));
    const shape: LoadShape = {
      network,
      expiresAt: Math.floor(wallMs()) + 300_000,
      streams: 10,
      dataBytes: 16,
      run,
    };
    const envelopes = Array.from(
      { length: envelopesPerFrame },
      (_, number) => signedAppend(signer, shape, number).envelope,
    );
    return encodeLinkMessage({ type: 'transactions', envelopes });
  };
}

function requests(): () => Uint8Array {
  const ids = Array.from({ length: 1_000 }, () => toHex(new Uint8Array(randomBytes(32))) as TransactionId);
  const frames = [
    encodeLinkMessage({ type: 'get-blocks', from: heightOf(1), count: 64 }),
    encodeLinkMessage({ type: 'get-bodies', ids }),
    encodeLinkMessage({ type: 'get-headers', from: heightOf(1), count: 256 }),
  ];
  let turn = 0;
  return () => frames[turn++ % frames.length]!;
}

const tinyItems = 250_000;

/** Frames of very many items: empty ones, those of a few bytes, and as small as bounds let them be, all of no meaning. */
function tiny(): () => Uint8Array {
  const least = (count: number, bytes: number): Uint8Array[] =>
    Array.from({ length: count }, () => new Uint8Array(randomBytes(bytes)));
  const empty = Array<Uint8Array>(tinyItems).fill(new Uint8Array(0));
  const few = Array.from({ length: tinyItems }, (_, n) => Uint8Array.of(n, n >> 8, n >> 16));
  const padding = new Uint8Array(32 * tinyItems);
  const messages = least(Math.floor(messageFrameBytes / messageBytesMin), messageBytesMin);
  const envelopes = least(Math.floor(spreadFrameBytes / envelopeBytesMin), envelopeBytesMin);
  const frames = [
    encodeLinkMessage({ type: 'consensus', messages: empty }),
    encodeLinkMessage({ type: 'transactions', envelopes: few }),
    encodeLinkMessage({ type: 'consensus', messages: [padding, ...empty] }),
    encodeLinkMessage({ type: 'consensus', messages }),
    encodeLinkMessage({ type: 'newest', epoch: epochOf(0), messages }),
    encodeLinkMessage({ type: 'transactions', envelopes }),
    encodeLinkMessage({ type: 'bodies', envelopes }),
  ];
  let turn = 0;
  return () => frames[turn++ % frames.length]!;
}
