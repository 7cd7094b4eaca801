/** Transactions: the body that is signed, and the envelope that holds it with its signature. */
import { digestOf, signingBytes } from '../crypto/digest.ts';
import type { NetworkId, Nonce, PublicKey, Signature, TransactionId } from '../types/brands.ts';
import type { CborValue, Transaction, TransactionBody } from '../types/ledger.ts';
import { type DecodeLimits, decode, decodeFields, encode } from './dag-cbor.ts';
import { equalBytes, fromHex, toHex } from './hex.ts';
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
/** In canonical order. */
const bodyFields = ['args', 'nonce', 'action', 'sender', 'network', 'version', 'expiresAt'];
export const decodeTransactionBody = (bytes: Uint8Array, limits: DecodeLimits = {}): TransactionBody => {
  const bodyLimits = { depthMax: bodyDepthMax, itemsMax: bodyItemsMax, ...limits };
  return bodyOf(decodeFields(bytes, bodyFields, bodyLimits)) ?? decodeBody(bytes, bodyLimits);
};

/** The short way, for what is right. */
const bodyOf = (values: readonly CborValue[] | undefined): TransactionBody | undefined => {
  if (values === undefined) return undefined;
  const [args, nonce, action, sender, network, version, expiresAt] = values as CborValue[];
  const isRight =
    isBytes(nonce, 16) &&
    isBytes(sender, 32) &&
    isBytes(network, 32) &&
    version === 1 &&
    typeof expiresAt === 'number' &&
    Number.isSafeInteger(expiresAt) &&
    expiresAt >= 0 &&
    typeof action === 'string' &&
    actionPattern.test(action);
  if (!isRight) return undefined;
  return {
    version,
    network: recurringHex(network) as NetworkId,
    sender: recurringHex(sender) as PublicKey,
    nonce: toHex(nonce) as Nonce,
    expiresAt,
    action,
    args: args as CborValue,
  };
};

const isBytes = (value: CborValue | undefined, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;

/** Hex of what comes again and again, by a mark of its bytes; made only once, and in one place for whoever compares. */
const recurring: { readonly bytes: Uint8Array; readonly hex: string }[] = [];
const recurringHex = (bytes: Uint8Array): string => {
  const mark = bytes[0]!;
  const known = recurring[mark];
  if (known !== undefined && equalBytes(known.bytes, bytes)) return known.hex;
  const hex = toHex(bytes);
  recurring[mark] = { bytes: bytes.slice(), hex };
  return hex;
};

/** Names what is wrong. */
const decodeBody = (bytes: Uint8Array, limits: DecodeLimits): TransactionBody => {
  const path = 'body';
  const map = readMap(decode(bytes, limits), path, bodyKeys);
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

/** Bytes of the smallest envelope that decodes: the shortest action, no arguments, a time of one byte; a test encodes it. */
export const envelopeBytesMin = 228;

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
  const { bodyBytes, signature } = partsOfEnvelope(bytes, { itemsMax: itemsMax.envelope, ...limits });
  return { id, body: decodeTransactionBody(bodyBytes, limits), bodyBytes, signature, envelope: bytes };
};

const envelopeKeys = ['body', 'signature'];
/** Views of the envelope's bytes, where nothing is wrong. */
const partsOfEnvelope = (
  bytes: Uint8Array,
  limits: DecodeLimits,
): Pick<Transaction, 'bodyBytes' | 'signature'> => {
  const [body, signature] = decodeFields(bytes, envelopeKeys, limits) ?? [];
  if (body instanceof Uint8Array && isBytes(signature, 64))
    return { bodyBytes: body, signature: signature as Signature };
  const map = readMap(decode(bytes, limits), 'envelope', envelopeKeys);
  return {
    bodyBytes: readBytes(map, 'body', 'envelope'),
    signature: readBytes(map, 'signature', 'envelope', 64) as Signature,
  };
};

export const transactionId = (envelope: Uint8Array): TransactionId =>
  digestOf('transaction', envelope) as TransactionId;

export const transactionSigningBytes = (network: NetworkId, bodyBytes: Uint8Array): Uint8Array =>
  signingBytes('transaction', network, bodyBytes);
