/**
 * What a node and its remote signer say to each other over a Unix socket: frames of a length (4 bytes, big endian)
 * and DAG-CBOR. The signer greets first; each request is answered once, in order.
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { validatorIdPattern } from '../../shared/codec/ids.ts';
import {
  type CborMap,
  isCborMap,
  readBytes,
  readConstant,
  readCount,
  readHex,
  readList,
  readMap,
  readOneOf,
  readPattern,
  wrongValue,
} from '../../shared/codec/structure.ts';
import type {
  Epoch,
  Height,
  NetworkId,
  PublicKey,
  Signature,
  ValidatorId,
} from '../../shared/types/brands.ts';
import type { CborValue } from '../../shared/types/ledger.ts';
import { type SignerFacts, SignerRefusal, signerRefusalCodes } from './signer-refusal.ts';

export const signerWireVersion = 2;
/** Requests that a node packs into one frame stay below: the largest thing signed is a validator's transaction. */
export const signerFrameBytesMax = 4 * 2 ** 20;
export const signerItemsMax = 256;

export interface SignItem {
  readonly key: PublicKey;
  /** Domain, network and content, as they are signed. */
  readonly bytes: Uint8Array;
}

/** What a signer knows and did: nothing of it is secret. */
export interface SignerStatus {
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  readonly keys: readonly PublicKey[];
  readonly epoch: Epoch;
  readonly firstHeight: Height;
  /** Highest height of a vote or seal that was signed. */
  readonly highest: Height;
  /** At and below it nothing new is signed. */
  readonly floor: Height;
  /** Highest view that a VIEW-CHANGE asked for in this epoch. */
  readonly askedView: number;
  /** Since the start. */
  readonly signed: number;
  readonly refused: number;
}

export type SignerRequest =
  | { readonly type: 'sign'; readonly id: number; readonly items: readonly SignItem[] }
  /** An encoded EpochLink: the last block of the signer's epoch. */
  | { readonly type: 'advance'; readonly id: number; readonly link: Uint8Array }
  /** Another consensus key, which proves itself by `sign`. */
  | { readonly type: 'create'; readonly id: number }
  /** A key of an epoch of which the signer has followed the end. */
  | { readonly type: 'erase'; readonly id: number; readonly key: PublicKey }
  | { readonly type: 'status'; readonly id: number };

export interface SignerHello {
  readonly type: 'hello';
  readonly version: number;
  readonly network: NetworkId;
  readonly validator: ValidatorId;
  readonly keys: readonly PublicKey[];
}
export type SignerAnswer =
  | SignerHello
  | { readonly type: 'signed'; readonly id: number; readonly signatures: readonly Signature[] }
  | { readonly type: 'refused'; readonly id: number; readonly refusal: SignerRefusal }
  | { readonly type: 'advanced'; readonly id: number; readonly epoch: Epoch; readonly firstHeight: Height }
  | { readonly type: 'created' | 'erased'; readonly id: number; readonly key: PublicKey }
  | { readonly type: 'status'; readonly id: number; readonly status: SignerStatus };

export function signerFrame(content: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(4 + content.length);
  frame.writeUInt32BE(content.length);
  frame.set(content, 4);
  return frame;
}

export interface FrameReader {
  /** Frames that are whole now. @throws RangeError for one that is longer than any legal one */
  take(chunk: Uint8Array): Uint8Array[];
}

export function createFrameReader(): FrameReader {
  let held = Buffer.alloc(0);
  return {
    take(chunk) {
      held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
      const frames: Uint8Array[] = [];
      while (held.length >= 4) {
        const length = held.readUInt32BE();
        if (length > signerFrameBytesMax) throw new RangeError(`a frame of ${length} bytes`);
        if (held.length < 4 + length) break;
        frames.push(new Uint8Array(held.subarray(4, 4 + length)));
        held = held.subarray(4 + length);
      }
      return frames;
    },
  };
}

const limits = { bytesMax: signerFrameBytesMax };
const keyToCbor = (key: PublicKey): Uint8Array => fromHex(key);

export function encodeSignerRequest(request: SignerRequest): Uint8Array {
  if (request.type === 'erase') return encode({ ...request, key: keyToCbor(request.key) });
  if (request.type !== 'sign') return encode({ ...request });
  const items = request.items.map(({ key, bytes }) => ({ key: keyToCbor(key), bytes }));
  return encode({ type: 'sign', id: request.id, items });
}

/** @throws CodecError */
export function decodeSignerRequest(bytes: Uint8Array): SignerRequest {
  const value = decode(bytes, limits);
  const path = 'request';
  const any = readMap(value, path, ['type', 'id'], ['items', 'link', 'key']);
  const type = readOneOf(any, 'type', path, requestTypes);
  const map = readMap(value, path, ['type', 'id', ...requestContent[type]]);
  const id = readCount(any, 'id', path);
  switch (type) {
    case 'sign': {
      const items = readList(map, 'items', path, signerItemsMax);
      return { type, id, items: items.map((item, i) => itemOf(item, `${path}.items[${i}]`)) };
    }
    case 'advance':
      return { type, id, link: readBytes(map, 'link', path) };
    case 'erase':
      return { type, id, key: readHex<PublicKey>(map, 'key', path, 32) };
    default:
      return { type, id };
  }
}

const requestContent = {
  sign: ['items'],
  advance: ['link'],
  create: [],
  erase: ['key'],
  status: [],
} as const;
const requestTypes = ['sign', 'advance', 'create', 'erase', 'status'] as const;

function itemOf(value: CborValue, path: string): SignItem {
  const map = readMap(value, path, ['key', 'bytes']);
  return { key: readHex<PublicKey>(map, 'key', path, 32), bytes: readBytes(map, 'bytes', path) };
}

export function encodeSignerAnswer(answer: SignerAnswer): Uint8Array {
  switch (answer.type) {
    case 'hello':
      return encode({ ...answer, network: fromHex(answer.network), keys: answer.keys.map(keyToCbor) });
    case 'refused': {
      const { code, facts } = answer.refusal;
      return encode({ type: 'refused', id: answer.id, code, facts });
    }
    case 'created':
    case 'erased':
      return encode({ ...answer, key: keyToCbor(answer.key) });
    case 'status': {
      const { status } = answer;
      const content = { ...status, network: fromHex(status.network), keys: status.keys.map(keyToCbor) };
      return encode({ type: 'status', id: answer.id, status: content });
    }
    default:
      return encode({ ...answer });
  }
}

const answerKeys = {
  hello: ['type', 'version', 'network', 'validator', 'keys'],
  signed: ['type', 'id', 'signatures'],
  refused: ['type', 'id', 'code', 'facts'],
  advanced: ['type', 'id', 'epoch', 'firstHeight'],
  created: ['type', 'id', 'key'],
  erased: ['type', 'id', 'key'],
  status: ['type', 'id', 'status'],
} as const;
const anyAnswerKey = [...new Set(Object.values(answerKeys).flat())];
const answerTypes = ['hello', 'signed', 'refused', 'advanced', 'created', 'erased', 'status'] as const;

/** @throws CodecError */
export function decodeSignerAnswer(bytes: Uint8Array): SignerAnswer {
  const value = decode(bytes, limits);
  const path = 'answer';
  const type = readOneOf(readMap(value, path, ['type'], anyAnswerKey), 'type', path, answerTypes);
  const map = readMap(value, path, answerKeys[type]);
  if (type === 'hello') return helloOf(map, path);
  const id = readCount(map, 'id', path);
  switch (type) {
    case 'signed': {
      const signatures = readList(map, 'signatures', path, signerItemsMax).map((one, i) =>
        readBytes({ one }, 'one', `${path}.signatures[${i}]`, 64),
      );
      return { type, id, signatures: signatures as Signature[] };
    }
    case 'refused': {
      const code = readOneOf(map, 'code', path, signerRefusalCodes);
      return { type, id, refusal: new SignerRefusal(code, factsOf(map.facts, `${path}.facts`)) };
    }
    case 'advanced':
      return {
        type,
        id,
        epoch: readCount<Epoch>(map, 'epoch', path),
        firstHeight: readCount<Height>(map, 'firstHeight', path),
      };
    case 'created':
    case 'erased':
      return { type, id, key: readHex<PublicKey>(map, 'key', path, 32) };
    case 'status':
      return { type, id, status: statusOf(map.status, `${path}.status`) };
  }
}

/** Of another version nothing is read: both are of one installation, and started anew together. */
function helloOf(map: CborMap, path: string): SignerHello {
  return {
    type: 'hello',
    version: readConstant(map, 'version', path, signerWireVersion),
    network: readHex<NetworkId>(map, 'network', path, 32),
    validator: readPattern<ValidatorId>(map, 'validator', path, validatorIdPattern),
    keys: keysOf(map, path),
  };
}

const keysMax = 64;
const keysOf = (map: CborMap, path: string): PublicKey[] =>
  readList(map, 'keys', path, keysMax).map((key, i) =>
    readHex<PublicKey>({ key }, 'key', `${path}.keys[${i}]`, 32),
  );

function factsOf(value: CborValue | undefined, path: string): SignerFacts {
  if (value === undefined || !isCborMap(value)) throw wrongValue(path, 'a map', typeof value);
  for (const [name, fact] of Object.entries(value)) {
    if (typeof fact !== 'string' && typeof fact !== 'number')
      throw wrongValue(`${path}.${name}`, 'text or a number', typeof fact);
  }
  return value as SignerFacts;
}

const statusKeys = [
  'network',
  'validator',
  'keys',
  'epoch',
  'firstHeight',
  'highest',
  'floor',
  'askedView',
  'signed',
  'refused',
];

function statusOf(value: CborValue | undefined, path: string): SignerStatus {
  const map = readMap(value, path, statusKeys);
  return {
    network: readHex<NetworkId>(map, 'network', path, 32),
    validator: readPattern<ValidatorId>(map, 'validator', path, validatorIdPattern),
    keys: keysOf(map, path),
    epoch: readCount<Epoch>(map, 'epoch', path),
    firstHeight: readCount<Height>(map, 'firstHeight', path),
    highest: readCount<Height>(map, 'highest', path),
    floor: readCount<Height>(map, 'floor', path),
    askedView: readCount(map, 'askedView', path),
    signed: readCount(map, 'signed', path),
    refused: readCount(map, 'refused', path),
  };
}
