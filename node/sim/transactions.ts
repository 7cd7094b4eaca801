/** Transactions of clients, made by the product's own codec. */

import { fromHex } from '../../shared/codec/hex.ts';
import { possessionSigningBytes } from '../../shared/codec/key-possession.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import type { Nonce, PublicKey } from '../../shared/types/brands.ts';
import type { CborValue, GenesisIdentity, Transaction } from '../../shared/types/ledger.ts';
import { type Founding, startWallMs } from './founding.ts';
import { signKeyed } from './keyed-hash.ts';

interface Letter {
  /** 32 hex digits. */
  readonly nonce: string;
  /** Virtual time. */
  readonly expiresAtMs: number;
}

export interface Append extends Letter {
  /** The one client that keeps its key, unless another one is named. */
  readonly sender?: PublicKey;
  /** One event of this name; the second of one name finds the first one's outcome. */
  readonly eventId: string;
  readonly stream: string;
  readonly expectedRevision: number | 'any';
  /** Travels beside it. */
  readonly payload?: Uint8Array;
}

export function signAppend(founding: Founding, append: Append): Transaction {
  const { eventId, stream, expectedRevision, sender = founding.clientKey, payload: bytesBeside } = append;
  const payload = bytesBeside && {
    digest: fromHex(payloadDigest(bytesBeside)),
    size: bytesBeside.length,
    erasable: true,
    recipients: [],
  };
  const plain = { eventId, type: 'noted', data: eventId, labels: {}, references: [] };
  const event = { ...plain, ...(payload !== undefined && { payload }) };
  return sign(founding, sender, 'streams.append', { stream, expectedRevision, events: [event] }, append);
}

/** Its own key, by itself: from the block on in which it runs the old one is nobody's. */
export function signKeyReplacement(
  founding: Founding,
  { id, member }: GenesisIdentity,
  { from, to, ...letter }: Letter & { readonly from: PublicKey; readonly to: PublicKey },
): Transaction {
  const claim = { key: to, kind: 'identity', owner: id, member } as const;
  const possession = signKeyed(to, possessionSigningBytes(founding.genesis.network, claim));
  const args = { identity: id, key: fromHex(to), possession };
  return sign(founding, from, 'identities.replace-key', args, letter);
}

function sign(
  { genesis: { network } }: Founding,
  sender: PublicKey,
  action: string,
  args: CborValue,
  { nonce, expiresAtMs }: Letter,
): Transaction {
  const bytes = encodeTransactionBody({
    version: 1,
    network,
    sender,
    nonce: nonce as Nonce,
    expiresAt: Math.floor(startWallMs + expiresAtMs),
    action,
    args,
  });
  return decodeEnvelope(encodeEnvelope(bytes, signKeyed(sender, transactionSigningBytes(network, bytes))));
}

const lifeMs = 4_000;

/** A client that cheats: both are valid, and at most one of them may run (rule X2). */
export function twoWithOneNonce(
  founding: Founding,
  name: string,
  nowMs: number,
): readonly [Transaction, Transaction] {
  const nonce = [...name]
    .map((letter) => letter.charCodeAt(0).toString(16))
    .join('')
    .padStart(32, 'c');
  const append = { stream: 's0', expectedRevision: 'any', nonce, expiresAtMs: nowMs + lifeMs } as const;
  return [
    signAppend(founding, { ...append, eventId: `${name}-one` }),
    signAppend(founding, { ...append, eventId: `${name}-other` }),
  ];
}
