/** Transactions: the body that is signed, and the envelope that holds it with its signature. */
import { digestOf, signingBytes } from '../crypto/digest.ts';
import type { NetworkId, Nonce, PublicKey, Signature, TransactionId } from '../types/brands.ts';
import type { CborValue, Transaction, TransactionBody } from '../types/ledger.ts';
import { type DecodeLimits, decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { actionPattern } from './ids.ts';
import { itemsMax } from './limits.ts';
import { readBytes, readConstant, readCount, readHex, readMap, readPattern } from './structure.ts';

export const encodeTransactionBody = (body: TransactionBody): Uint8Array =>
  encode({
    version: body.version,
    network: fromHex(body.network),
    sender: fromHex(body.sender),
    nonce: fromHex(body.nonce),
    expiresAt: body.expiresAt,
    action: body.action,
    args: body.args,
  });

/**
 * Below the codec's own limit: what a transaction carries is encoded again inside events and outcomes, a few
 * levels deeper, and that must not fail.
 */
const bodyDepthMax = 24;
/** Of a body: as many as 64 KiB can hold. Whatever size a network allows, memory stays in proportion to this. */
const bodyItemsMax = 65_536;

const bodyKeys = ['version', 'network', 'sender', 'nonce', 'expiresAt', 'action', 'args'];
export const decodeTransactionBody = (bytes: Uint8Array, limits: DecodeLimits = {}): TransactionBody => {
  const path = 'body';
  const map = readMap(
    decode(bytes, { depthMax: bodyDepthMax, itemsMax: bodyItemsMax, ...limits }),
    path,
    bodyKeys,
  );
  return {
    version: readConstant(map, 'version', path, 1),
    network: readHex<NetworkId>(map, 'network', path, 32),
    sender: readHex<PublicKey>(map, 'sender', path, 32),
    nonce: readHex<Nonce>(map, 'nonce', path, 16),
    expiresAt: readCount(map, 'expiresAt', path),
    action: readPattern<string>(map, 'action', path, actionPattern),
    args: map.args as CborValue,
  };
};

export const encodeEnvelope = (bodyBytes: Uint8Array, signature: Uint8Array): Uint8Array =>
  encode({ body: bodyBytes, signature });

/**
 * The signature is not verified here. `id` spares a digest where the caller made it from these very bytes.
 * Throws CodecError.
 */
export const decodeEnvelope = (
  bytes: Uint8Array,
  limits: DecodeLimits = {},
  id: TransactionId = transactionId(bytes),
): Transaction => {
  const map = readMap(decode(bytes, { itemsMax: itemsMax.envelope, ...limits }), 'envelope', [
    'body',
    'signature',
  ]);
  const bodyBytes = readBytes(map, 'body', 'envelope');
  return {
    id,
    body: decodeTransactionBody(bodyBytes, limits),
    bodyBytes,
    signature: readBytes(map, 'signature', 'envelope', 64) as Signature,
    envelope: bytes,
  };
};

export const transactionId = (envelope: Uint8Array): TransactionId =>
  digestOf('transaction', envelope) as TransactionId;

export const transactionSigningBytes = (network: NetworkId, bodyBytes: Uint8Array): Uint8Array =>
  signingBytes('transaction', network, bodyBytes);
