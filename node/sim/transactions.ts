/** Transactions of the one client identity, made by the product's own codec. */

import { fromHex } from '../../shared/codec/hex.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  transactionSigningBytes,
} from '../../shared/codec/ledger.ts';
import { payloadDigest } from '../../shared/codec/payload.ts';
import type { Nonce } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { type Founding, startWallMs } from './founding.ts';
import { signKeyed } from './keyed-hash.ts';

export interface Append {
  /** One event of this name; the second of one name finds the first one's outcome. */
  readonly eventId: string;
  readonly stream: string;
  readonly expectedRevision: number | 'any';
  /** 32 hex digits. */
  readonly nonce: string;
  /** Virtual time. */
  readonly expiresAtMs: number;
  /** Travels beside it. */
  readonly payload?: Uint8Array;
}

export function signAppend(founding: Founding, append: Append): Transaction {
  const { eventId, stream, expectedRevision, nonce, expiresAtMs, payload: bytesBeside } = append;
  const { network } = founding.genesis;
  const payload = bytesBeside && {
    digest: fromHex(payloadDigest(bytesBeside)),
    size: bytesBeside.length,
    erasable: true,
    recipients: [],
  };
  const plain = { eventId, type: 'noted', data: eventId, labels: {}, references: [] };
  const event = { ...plain, ...(payload !== undefined && { payload }) };
  const bytes = encodeTransactionBody({
    version: 1,
    network,
    sender: founding.clientKey,
    nonce: nonce as Nonce,
    expiresAt: Math.floor(startWallMs + expiresAtMs),
    action: 'streams.append',
    args: { stream, expectedRevision, events: [event] },
  });
  const signature = signKeyed(founding.clientKey, transactionSigningBytes(network, bytes));
  return decodeEnvelope(encodeEnvelope(bytes, signature));
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
