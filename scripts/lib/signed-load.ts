/** Transactions for benchmarks and chaos, signed beforehand: each appends one event to one of many streams. */
import { randomBytes } from 'node:crypto';
import { keyPairOf, signWithSodium } from '../../node/crypto/sodium.ts';
import { encode } from '../../shared/codec/dag-cbor.ts';
import { encodeEnvelope, encodeTransactionBody, transactionSigningBytes } from '../../shared/codec/ledger.ts';
import { digestOf } from '../../shared/crypto/digest.ts';
import type { NetworkId, Nonce, PublicKey, TransactionId } from '../../shared/types/brands.ts';

export interface LoadSigner {
  readonly publicKey: PublicKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** Claims this sender, and signs with a key that is not the sender's. */
export function strangerAs({ publicKey }: Pick<LoadSigner, 'publicKey'>): LoadSigner {
  const { secretKey } = keyPairOf(randomBytes(32));
  return { publicKey, sign: (message) => signWithSodium(secretKey, message) };
}

export interface SignedTransaction {
  readonly id: TransactionId;
  readonly envelope: Uint8Array;
}

export interface LoadShape {
  readonly network: NetworkId;
  readonly expiresAt: number;
  /** Appends are spread over this many streams. */
  readonly streams: number;
  /** Bytes of opaque data in each event. */
  readonly dataBytes: number;
  /** Distinguishes the event ids of one run from another's. */
  readonly run: string;
}

export function signedAppend(signer: LoadSigner, shape: LoadShape, number: number): SignedTransaction {
  const event = {
    eventId: `${shape.run}-${number}`,
    type: 'load',
    data: new Uint8Array(randomBytes(shape.dataBytes)),
    labels: {},
    references: [],
  };
  const bodyBytes = encodeTransactionBody({
    version: 1,
    network: shape.network,
    sender: signer.publicKey,
    nonce: randomBytes(16).toString('hex') as Nonce,
    expiresAt: shape.expiresAt,
    action: 'streams.append',
    args: { stream: `load/${number % shape.streams}`, expectedRevision: 'any', events: [event] },
  });
  const signature = signer.sign(transactionSigningBytes(shape.network, bodyBytes));
  const envelope = encodeEnvelope(bodyBytes, signature);
  return { id: digestOf('transaction', envelope) as TransactionId, envelope };
}

/** The CBOR array of envelopes that POST /transactions takes. */
export const bulkBody = (transactions: readonly SignedTransaction[]): Uint8Array =>
  encode(transactions.map(({ envelope }) => envelope));
