/** Builds and signs transactions. The key stays where the sign function is. */
import {
  decodeEnvelope,
  encodeEnvelope,
  encodeTransactionBody,
  newStreamEventToCbor,
  transactionSigningBytes,
} from '../codec/ledger.ts';
import type { NetworkId, Nonce, PublicKey } from '../types/brands.ts';
import type { CborValue, NewStreamEvent, Transaction } from '../types/ledger.ts';

/** Ed25519 over these bytes: 64 bytes, at once or later. */
export type Sign = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;

export interface Command {
  /** `module.verb` */
  readonly action: string;
  readonly args: CborValue;
}

export interface TransactionFields extends Command {
  readonly network: NetworkId;
  readonly sender: PublicKey;
  /** 16 random bytes as hex; one derived from content makes a repetition recognisable. */
  readonly nonce: Nonce;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * @example
 * const transaction = await signTransaction({ network, sender, nonce, expiresAt, ...append('orders', events) }, sign);
 * await client.submitAndWait(transaction.envelope);
 */
export async function signTransaction(fields: TransactionFields, sign: Sign): Promise<Transaction> {
  const { network, sender, nonce, expiresAt, action, args } = fields;
  const body = encodeTransactionBody({ version: 1, network, sender, nonce, expiresAt, action, args });
  const signature = await sign(transactionSigningBytes(network, body));
  return decodeEnvelope(encodeEnvelope(body, signature));
}

/** `expectedRevision`: of the stream's last event; −1 if it must not exist; 'any' for no condition. */
export const append = (
  stream: string,
  events: readonly NewStreamEvent[],
  expectedRevision: number | 'any' = 'any',
): Command => ({
  action: 'streams.append',
  args: { stream: stream.normalize('NFC'), expectedRevision, events: events.map(newStreamEventToCbor) },
});

export const defineAsset = (asset: string, decimals: number, name?: string): Command => ({
  action: 'assets.define',
  args: { asset, decimals, ...(name === undefined ? {} : { name }) },
});

/** `memo`: what people write beside an amount, 1 to 200 bytes; from protocol 2 on. */
export const issueAsset = (asset: string, to: string, amount: bigint, memo?: string): Command => ({
  action: 'assets.issue',
  args: { asset, to, amount: cborInteger(amount), ...memoOf(memo) },
});

/** `memo` as of an issue. */
export const transferAsset = (asset: string, to: string, amount: bigint, memo?: string): Command => ({
  action: 'assets.transfer',
  args: { asset, to, amount: cborInteger(amount), ...memoOf(memo) },
});

/** `memo` as of an issue. */
export const burnAsset = (asset: string, amount: bigint, memo?: string): Command => ({
  action: 'assets.burn',
  args: { asset, amount: cborInteger(amount), ...memoOf(memo) },
});

const memoOf = (memo: string | undefined): { readonly memo?: string } =>
  memo === undefined ? {} : { memo: memo.normalize('NFC') };

/** CBOR integers up to 2^53−1 are numbers in memory, larger ones bigint. */
const cborInteger = (amount: bigint): number | bigint =>
  amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount;
