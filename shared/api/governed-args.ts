/**
 * Arguments of governed actions in JSON and back: keys and incarnations are hex, proofs of possession
 * base64url, as everywhere (design, section 5). Only these names of the outermost map are bytes; what stands deeper,
 * such as an event schema, is taken as it is.
 */
import { CodecError } from '../codec/codec-error.ts';
import { fromBase64Url, fromHex, toBase64Url, toHex } from '../codec/hex.ts';
import { isCborMap } from '../codec/structure.ts';
import type { CborValue } from '../types/ledger.ts';
import { jsonOfCbor } from './json-of-ledger.ts';

type JsonMap = { readonly [name: string]: unknown };
type CborArgs = { readonly [name: string]: CborValue };

const hexNames: ReadonlySet<string> = new Set([
  'key',
  'consensusKey',
  'nodeKey',
  'encryptionKey',
  'incarnation',
]);
/** A list of them. */
const hexListName = 'digests';
/** A proof, a map of proofs, or a new identity with its proof inside. */
const proofName = 'possession';
const identityName = 'admin';

export function jsonOfGovernedArgs(args: CborArgs): Record<string, unknown> {
  return mapped(args, (name, value) => {
    if (value instanceof Uint8Array) return hexNames.has(name) ? toHex(value) : toBase64Url(value);
    if (name === identityName && isCborMap(value)) return jsonOfGovernedArgs(value);
    if (name === hexListName && Array.isArray(value)) return value.map(hexOf);
    return jsonOfCbor(value);
  });
}

/** What is not in the form of bytes stays text: the form of the action names the place. */
export function governedArgsOfJson(args: JsonMap): CborArgs {
  return mapped(args, (name, value) => {
    if (hexNames.has(name)) return bytesOr(value, fromHex);
    if (name === proofName)
      return isMap(value) ? mapped(value, (_, proof) => proofOf(proof)) : proofOf(value);
    if (name === identityName && isMap(value)) return governedArgsOfJson(value);
    if (name === hexListName && Array.isArray(value)) return value.map((one) => bytesOr(one, fromHex));
    return value as CborValue;
  });
}

const hexOf = (value: CborValue): unknown => (value instanceof Uint8Array ? toHex(value) : jsonOfCbor(value));

const proofOf = (value: unknown): CborValue => bytesOr(value, fromBase64Url);

function bytesOr(value: unknown, decode: (text: string) => Uint8Array): CborValue {
  if (typeof value !== 'string') return value as CborValue;
  try {
    return decode(value);
  } catch (error) {
    if (error instanceof CodecError) return value;
    throw error;
  }
}

const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function mapped<Value, Result>(
  map: { readonly [name: string]: Value },
  change: (name: string, value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(name, value)]));
}
