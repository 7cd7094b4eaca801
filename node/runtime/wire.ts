/**
 * What validators say to each other besides the signed consensus messages that travel inside: a closed union,
 * DAG-CBOR, one frame each. Decoding is strict and bounded; a frame that breaks a rule throws CodecError.
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { decodeBatch, decodeCertificate, encodeBatch, encodeCertificate } from '../../shared/codec/ledger.ts';
import {
  type BatchDigest,
  epochOf,
  type Height,
  heightOf,
  type TransactionId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { Batch, CborValue, Certificate } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { PeerStatus } from '../consensus/types.ts';
import type { StoredBlock } from './ports.ts';

export type LinkMessage =
  /** Signed messages (shared/codec/messages.ts), and the sender's last certificate if it helps (rule V6). */
  | {
      readonly type: 'consensus';
      readonly messages: readonly Uint8Array[];
      readonly certificate?: Certificate;
    }
  | { readonly type: 'status'; readonly status: PeerStatus }
  /** Rule D3: what do you hold of mine? */
  | { readonly type: 'ask-newest' }
  | { readonly type: 'newest'; readonly messages: readonly Uint8Array[] }
  /** Envelopes accepted by the sender, for everyone's pool. */
  | { readonly type: 'transactions'; readonly envelopes: readonly Uint8Array[] }
  /** Rule F1: the sender's own oldest waiting transactions. */
  | { readonly type: 'hand-over'; readonly ids: readonly TransactionId[] }
  /** Rule F1: what others handed to the sender, for the primary. */
  | { readonly type: 'pass-on'; readonly ids: readonly TransactionId[] }
  | { readonly type: 'get-bodies'; readonly ids: readonly TransactionId[] }
  | { readonly type: 'bodies'; readonly envelopes: readonly Uint8Array[] }
  | { readonly type: 'get-batch'; readonly digest: BatchDigest }
  | { readonly type: 'batch'; readonly batch: Batch }
  /** Blocks from this height on, `count` or as many as fit. */
  | { readonly type: 'get-blocks'; readonly from: Height; readonly count: number }
  /** In ascending order; empty if the sender has none from there on. */
  | {
      readonly type: 'blocks';
      readonly from: Height;
      readonly blocks: readonly StoredBlock[];
      /** The sender has no bodies below. */
      readonly bodiesFrom?: Height;
    };

/** A frame holds at most one batch with its bodies, or one NEW-VIEW, with room for their wrapping. */
export const frameBytesMax = (parameters: NetworkParameters): number =>
  2 * parameters.batchBytesMax + 4 * 1024 * 1024;

/** Throws if the value is not what the field must hold; the caller drops the frame. */
export class WireError extends Error {
  readonly code = 'bad-frame';
  readonly facts: { readonly field: string };
  constructor(field: string) {
    super(`Link message refused: field ${field}`);
    this.facts = { field };
  }
}

type Fields = { readonly [key: string]: CborValue };

export function encodeLinkMessage(message: LinkMessage): Uint8Array {
  return encode(toFields(message));
}

export function decodeLinkMessage(frame: Uint8Array, parameters: NetworkParameters): LinkMessage {
  return fromFields(fieldsOf(decode(frame, { bytesMax: frameBytesMax(parameters) }), 'message'), parameters);
}

function toFields(message: LinkMessage): Fields {
  const type = message.type;
  switch (type) {
    case 'consensus':
      return message.certificate === undefined
        ? { type, messages: message.messages }
        : { type, messages: message.messages, certificate: encodeCertificate(message.certificate) };
    case 'status':
      return { type, ...message.status };
    case 'ask-newest':
      return { type };
    case 'newest':
      return { type, messages: message.messages };
    case 'transactions':
    case 'bodies':
      return { type, envelopes: message.envelopes };
    case 'hand-over':
    case 'pass-on':
    case 'get-bodies':
      return { type, ids: message.ids.map(fromHex) };
    case 'get-batch':
      return { type, digest: fromHex(message.digest) };
    case 'batch':
      return { type, batch: encodeBatch(message.batch) };
    case 'get-blocks':
      return { type, from: message.from, count: message.count };
    case 'blocks': {
      const fields = { type, from: message.from, blocks: message.blocks.map(blockFields) };
      return message.bodiesFrom === undefined ? fields : { ...fields, bodiesFrom: message.bodiesFrom };
    }
  }
}

function fromFields(fields: Fields, parameters: NetworkParameters): LinkMessage {
  const type = fields.type;
  const idsMax = Math.max(parameters.batchLimit, parameters.waitingPerPeer * 64);
  switch (type) {
    case 'consensus':
      return {
        type,
        messages: bytesList(fields, 'messages'),
        ...(fields.certificate === undefined
          ? {}
          : { certificate: decodeCertificate(bytesField(fields, 'certificate')) }),
      };
    case 'status':
      return { type, status: statusOf(fields) };
    case 'ask-newest':
      return { type };
    case 'newest':
      return { type, messages: bytesList(fields, 'messages') };
    case 'transactions':
    case 'bodies':
      return { type, envelopes: bytesList(fields, 'envelopes') };
    case 'hand-over':
    case 'pass-on':
    case 'get-bodies':
      return { type, ids: idList(fields, idsMax) };
    case 'get-batch':
      return { type, digest: hexField(bytesField(fields, 'digest'), 'digest') as BatchDigest };
    case 'batch':
      return { type, batch: decodeBatch(bytesField(fields, 'batch')) };
    case 'get-blocks':
      return { type, from: heightOf(countField(fields, 'from')), count: countField(fields, 'count') };
    case 'blocks':
      return {
        type,
        from: heightOf(countField(fields, 'from')),
        blocks: listField(fields, 'blocks').map(storedBlockOf),
        ...(fields.bodiesFrom === undefined
          ? {}
          : { bodiesFrom: heightOf(countField(fields, 'bodiesFrom')) }),
      };
    default:
      throw new WireError('type');
  }
}

function blockFields(block: StoredBlock): Fields {
  return {
    header: block.header,
    certificate: encodeCertificate(block.certificate),
    batch: encodeBatch(block.batch),
    envelopes: block.envelopes,
  };
}

function storedBlockOf(value: CborValue): StoredBlock {
  const fields = fieldsOf(value, 'blocks');
  return {
    header: bytesField(fields, 'header'),
    certificate: decodeCertificate(bytesField(fields, 'certificate')),
    batch: decodeBatch(bytesField(fields, 'batch')),
    envelopes: bytesList(fields, 'envelopes'),
  };
}

function statusOf(fields: Fields): PeerStatus {
  return {
    epoch: epochOf(countField(fields, 'epoch')),
    view: viewOf(countField(fields, 'view')),
    height: heightOf(countField(fields, 'height')),
    executed: heightOf(countField(fields, 'executed')),
  };
}

function fieldsOf(value: CborValue, field: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) {
    throw new WireError(field);
  }
  return value as Fields;
}

function listField(fields: Fields, field: string): readonly CborValue[] {
  const value = fields[field];
  if (!Array.isArray(value)) throw new WireError(field);
  return value;
}

function bytesField(fields: Fields, field: string): Uint8Array {
  const value = fields[field];
  if (!(value instanceof Uint8Array)) throw new WireError(field);
  return value;
}

function bytesList(fields: Fields, field: string): Uint8Array[] {
  return listField(fields, field).map((value) => {
    if (!(value instanceof Uint8Array)) throw new WireError(field);
    return value;
  });
}

function countField(fields: Fields, field: string): number {
  const value = fields[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new WireError(field);
  return value;
}

function idList(fields: Fields, countMax: number): TransactionId[] {
  const ids = bytesList(fields, 'ids');
  if (ids.length > countMax) throw new WireError('ids');
  return ids.map((id) => hexField(id, 'ids') as TransactionId);
}

function hexField(bytes: Uint8Array, field: string): string {
  if (bytes.length !== 32) throw new WireError(field);
  return toHex(bytes);
}
