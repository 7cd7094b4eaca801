/**
 * What validators say to each other besides the signed consensus messages that travel inside: a closed union,
 * DAG-CBOR, one frame each. Decoding is strict and bounded; a frame that breaks a rule throws CodecError.
 */
import { decode, encode } from '../../shared/codec/dag-cbor.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { decodeBatch, decodeCertificate, encodeBatch, encodeCertificate } from '../../shared/codec/ledger.ts';
import { frameBytesMax } from '../../shared/codec/limits.ts';
import {
  type BatchDigest,
  type Digest,
  type Epoch,
  epochOf,
  type Height,
  heightOf,
  type Signature,
  type TransactionId,
  viewOf,
} from '../../shared/types/brands.ts';
import type { Batch, CborValue, Certificate } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { PeerStatus } from '../consensus/types.ts';
import type { CertifiedHeader, DecidedBlock, SnapshotOffer, StoredBlock } from './ports.ts';
import {
  blockFields,
  certifiedHeaderOf,
  decidedBlockOf,
  decidedFields,
  headerFields,
  storedBlockOf,
} from './wire-blocks.ts';
import {
  blocksPerAnswerMax,
  frameItemsMax,
  handOverIdsMax,
  headersPerAnswerMax,
  idsMax,
  listBounds,
  offersMax,
  payloadsAskedMax,
} from './wire-bounds.ts';
import {
  bytesField,
  bytesList,
  countField,
  digestField,
  digestList,
  expectKeys,
  type Fields,
  fieldsOf,
  hexField,
  idList,
  listField,
  sizedField,
  WireError,
} from './wire-fields.ts';

export type LinkMessage =
  /** Signed messages (shared/codec/messages.ts), and the sender's last certificate if it helps (rule V6). */
  | {
      readonly type: 'consensus';
      readonly messages: readonly Uint8Array[];
      readonly certificate?: Certificate;
    }
  /** Alone it proves itself, whoever sends it: to who is behind, or only follows. */
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** To who stands in an epoch that a recovery ended: its operator decides whether it is accepted. */
  | { readonly type: 'recovery'; readonly recovery: Uint8Array }
  | { readonly type: 'status'; readonly status: PeerStatus }
  /** Rule D3: what do you hold of mine? */
  | { readonly type: 'ask-newest' }
  | {
      readonly type: 'newest';
      /** In which the sender is. */
      readonly epoch: Epoch;
      readonly messages: readonly Uint8Array[];
    }
  /** Envelopes accepted by the sender, for everyone's pool. */
  | { readonly type: 'transactions'; readonly envelopes: readonly Uint8Array[] }
  /** Rule F1: the sender's own oldest waiting transactions. */
  | { readonly type: 'hand-over'; readonly ids: readonly TransactionId[] }
  /** Rule F1: what others handed to the sender, for the primary. */
  | { readonly type: 'pass-on'; readonly ids: readonly TransactionId[] }
  | { readonly type: 'get-bodies'; readonly ids: readonly TransactionId[] }
  | { readonly type: 'bodies'; readonly envelopes: readonly Uint8Array[] }
  /** Payloads by digest; the answer holds as many as fit, in the order asked for. */
  | { readonly type: 'get-payloads'; readonly digests: readonly Digest[] }
  /** `absent`: of those asked for, what the sender does not have; it says nothing of the rest. */
  | {
      readonly type: 'payloads';
      readonly payloads: readonly Uint8Array[];
      readonly absent: readonly Digest[];
    }
  | { readonly type: 'get-batch'; readonly digest: BatchDigest }
  | { readonly type: 'batch'; readonly batch: Batch }
  /** Rule W1: conflicting messages (shared/codec/evidence.ts) that are not recorded yet. */
  | { readonly type: 'evidence'; readonly evidence: readonly Uint8Array[] }
  /** Rule E3, to who joins: are you there? `challenge`: 32 random bytes. */
  | {
      readonly type: 'ask-presence';
      readonly activation: number;
      /** Digest of the record that it announced. */
      readonly ready: Digest;
      readonly challenge: Uint8Array;
    }
  /** Signed by the key that the sender has in the next epoch (shared/codec/presence.ts). */
  | { readonly type: 'presence'; readonly challenge: Uint8Array; readonly signature: Signature }
  /** Blocks from this height on, `count` or as many as fit. */
  | { readonly type: 'get-blocks'; readonly from: Height; readonly count: number }
  /** In ascending order; empty if the sender has none from there on. */
  | {
      readonly type: 'blocks';
      readonly from: Height;
      readonly blocks: readonly StoredBlock[];
      /** The sender has no bodies below. */
      readonly bodiesFrom?: Height;
    }
  /** One block with what was decided in it, for a node whose copy is damaged. */
  | { readonly type: 'get-decided'; readonly height: Height }
  /** Without a block: the sender does not have it whole. */
  | { readonly type: 'decided'; readonly height: Height; readonly block?: DecidedBlock }
  /** Rule C2: which snapshots of state do you have? */
  | { readonly type: 'get-snapshots' }
  | { readonly type: 'snapshots'; readonly offers: readonly SnapshotOffer[] }
  | { readonly type: 'get-manifest'; readonly manifest: Digest }
  /** Without bytes: the sender does not have it. */
  | {
      readonly type: 'manifest';
      readonly manifest: Digest;
      readonly bytes: Uint8Array;
      readonly certificate?: Certificate;
    }
  | { readonly type: 'get-part'; readonly manifest: Digest; readonly piece: number; readonly part: number }
  | {
      readonly type: 'part';
      readonly manifest: Digest;
      readonly piece: number;
      readonly part: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'get-headers'; readonly from: Height; readonly count: number }
  | { readonly type: 'headers'; readonly from: Height; readonly headers: readonly CertifiedHeader[] };

export function encodeLinkMessage(message: LinkMessage): Uint8Array {
  return encode(toFields(message));
}

export function decodeLinkMessage(frame: Uint8Array, parameters: NetworkParameters): LinkMessage {
  const limits = { bytesMax: frameBytesMax(parameters), itemsMax: frameItemsMax(frame.length) };
  const fields = fieldsOf(decode(frame, limits), 'message');
  const message = fromFields(fields, parameters);
  expectKeys(fields, ['type', ...keysOf[message.type]]);
  return message;
}

/** All that a message may hold: what is not understood is refused, so that each has one encoding. */
const keysOf: { readonly [type in LinkMessage['type']]: readonly string[] } = {
  consensus: ['messages', 'certificate'],
  certificate: ['certificate'],
  recovery: ['recovery'],
  status: ['epoch', 'view', 'height', 'executed'],
  'ask-newest': [],
  newest: ['epoch', 'messages'],
  transactions: ['envelopes'],
  'hand-over': ['ids'],
  'pass-on': ['ids'],
  'get-bodies': ['ids'],
  bodies: ['envelopes'],
  'get-payloads': ['digests'],
  payloads: ['payloads', 'absent'],
  'get-batch': ['digest'],
  batch: ['batch'],
  evidence: ['evidence'],
  'ask-presence': ['activation', 'ready', 'challenge'],
  presence: ['challenge', 'signature'],
  'get-blocks': ['from', 'count'],
  blocks: ['from', 'blocks', 'bodiesFrom'],
  'get-decided': ['height'],
  decided: ['height', 'block'],
  'get-snapshots': [],
  snapshots: ['offers'],
  'get-manifest': ['manifest'],
  manifest: ['manifest', 'bytes', 'certificate'],
  'get-part': ['manifest', 'piece', 'part'],
  part: ['manifest', 'piece', 'part', 'bytes'],
  'get-headers': ['from', 'count'],
  headers: ['from', 'headers'],
};

function toFields(message: LinkMessage): Fields {
  const type = message.type;
  switch (type) {
    case 'consensus':
      return message.certificate === undefined
        ? { type, messages: message.messages }
        : { type, messages: message.messages, certificate: encodeCertificate(message.certificate) };
    case 'certificate':
      return { type, certificate: encodeCertificate(message.certificate) };
    case 'recovery':
      return { type, recovery: message.recovery };
    case 'status':
      return { type, ...message.status };
    case 'ask-newest':
      return { type };
    case 'newest':
      return { type, epoch: message.epoch, messages: message.messages };
    case 'transactions':
    case 'bodies':
      return { type, envelopes: message.envelopes };
    case 'hand-over':
    case 'pass-on':
    case 'get-bodies':
      return { type, ids: message.ids.map(fromHex) };
    case 'get-payloads':
      return { type, digests: message.digests.map(fromHex) };
    case 'payloads':
      return { type, payloads: message.payloads, absent: message.absent.map(fromHex) };
    case 'get-batch':
      return { type, digest: fromHex(message.digest) };
    case 'batch':
      return { type, batch: encodeBatch(message.batch) };
    case 'evidence':
      return { type, evidence: message.evidence };
    case 'ask-presence': {
      const { activation, ready, challenge } = message;
      return { type, activation, ready: fromHex(ready), challenge };
    }
    case 'presence':
      return { type, challenge: message.challenge, signature: message.signature };
    case 'get-blocks':
      return { type, from: message.from, count: message.count };
    case 'blocks': {
      const fields = { type, from: message.from, blocks: message.blocks.map(blockFields) };
      return message.bodiesFrom === undefined ? fields : { ...fields, bodiesFrom: message.bodiesFrom };
    }
    case 'get-decided':
      return { type, height: message.height };
    case 'decided': {
      const { height, block } = message;
      return block === undefined ? { type, height } : { type, height, block: decidedFields(block) };
    }
    case 'get-snapshots':
      return { type };
    case 'snapshots': {
      const offers = message.offers.map(({ height, manifest }) => ({ height, manifest: fromHex(manifest) }));
      return { type, offers };
    }
    case 'get-manifest':
      return { type, manifest: fromHex(message.manifest) };
    case 'manifest': {
      const fields = { type, manifest: fromHex(message.manifest), bytes: message.bytes };
      const { certificate } = message;
      return certificate === undefined ? fields : { ...fields, certificate: encodeCertificate(certificate) };
    }
    case 'get-part':
      return { type, manifest: fromHex(message.manifest), piece: message.piece, part: message.part };
    case 'part': {
      const { piece, part, bytes } = message;
      return { type, manifest: fromHex(message.manifest), piece, part, bytes };
    }
    case 'get-headers':
      return { type, from: message.from, count: message.count };
    case 'headers': {
      return { type, from: message.from, headers: message.headers.map(headerFields) };
    }
  }
}

function fromFields(fields: Fields, parameters: NetworkParameters): LinkMessage {
  const type = fields.type;
  switch (type) {
    case 'consensus':
      return {
        type,
        messages: bytesList(fields, 'messages', listBounds.consensus()),
        ...(fields.certificate === undefined
          ? {}
          : { certificate: decodeCertificate(bytesField(fields, 'certificate')) }),
      };
    case 'certificate':
      return { type, certificate: decodeCertificate(bytesField(fields, 'certificate')) };
    case 'recovery':
      return { type, recovery: bytesField(fields, 'recovery') };
    case 'status':
      return { type, status: statusOf(fields) };
    case 'ask-newest':
      return { type };
    case 'newest':
      return {
        type,
        epoch: epochOf(countField(fields, 'epoch')),
        messages: bytesList(fields, 'messages', listBounds.newest(parameters)),
      };
    case 'transactions':
    case 'bodies':
      return { type, envelopes: bytesList(fields, 'envelopes', listBounds[type](parameters)) };
    case 'hand-over':
      return { type, ids: idList(fields, handOverIdsMax(parameters)) };
    case 'pass-on':
    case 'get-bodies':
      return { type, ids: idList(fields, idsMax(parameters)) };
    case 'get-payloads':
      return { type, digests: digestList(fields, 'digests', payloadsAskedMax) };
    case 'payloads':
      return {
        type,
        payloads: bytesList(fields, 'payloads', listBounds.payloads()),
        absent: digestList(fields, 'absent', payloadsAskedMax),
      };
    case 'get-batch':
      return { type, digest: hexField(bytesField(fields, 'digest'), 'digest') as BatchDigest };
    case 'batch':
      return { type, batch: decodeBatch(bytesField(fields, 'batch'), parameters.batchLimit) };
    case 'evidence':
      return { type, evidence: bytesList(fields, 'evidence', listBounds.evidence()) };
    case 'ask-presence':
      return {
        type,
        activation: countField(fields, 'activation'),
        ready: digestField(fields, 'ready'),
        challenge: sizedField(fields, 'challenge', 32),
      };
    case 'presence':
      return {
        type,
        challenge: sizedField(fields, 'challenge', 32),
        signature: sizedField(fields, 'signature', 64) as Signature,
      };
    case 'get-blocks':
      return { type, from: heightOf(countField(fields, 'from')), count: countField(fields, 'count') };
    case 'blocks':
      return {
        type,
        from: heightOf(countField(fields, 'from')),
        blocks: listField(fields, 'blocks', blocksPerAnswerMax).map(storedBlockOf),
        ...(fields.bodiesFrom === undefined
          ? {}
          : { bodiesFrom: heightOf(countField(fields, 'bodiesFrom')) }),
      };
    case 'get-decided':
      return { type, height: heightOf(countField(fields, 'height')) };
    case 'decided':
      return {
        type,
        height: heightOf(countField(fields, 'height')),
        ...(fields.block === undefined ? {} : { block: decidedBlockOf(fields.block) }),
      };
    case 'get-snapshots':
      return { type };
    case 'snapshots':
      return { type, offers: offersOf(fields) };
    case 'get-manifest':
      return { type, manifest: digestField(fields, 'manifest') };
    case 'manifest':
      return {
        type,
        manifest: digestField(fields, 'manifest'),
        bytes: bytesField(fields, 'bytes'),
        ...(fields.certificate === undefined
          ? {}
          : { certificate: decodeCertificate(bytesField(fields, 'certificate')) }),
      };
    case 'get-part':
      return { type, ...placeOf(fields) };
    case 'part':
      return { type, ...placeOf(fields), bytes: bytesField(fields, 'bytes') };
    case 'get-headers':
      return { type, from: heightOf(countField(fields, 'from')), count: countField(fields, 'count') };
    case 'headers':
      return {
        type,
        from: heightOf(countField(fields, 'from')),
        headers: listField(fields, 'headers', headersPerAnswerMax).map(certifiedHeaderOf),
      };
    default:
      throw new WireError('type');
  }
}

const offersOf = (fields: Fields): SnapshotOffer[] => listField(fields, 'offers', offersMax).map(offerOf);

function offerOf(value: CborValue): SnapshotOffer {
  const fields = fieldsOf(value, 'offers');
  expectKeys(fields, ['height', 'manifest']);
  return { height: heightOf(countField(fields, 'height')), manifest: digestField(fields, 'manifest') };
}

const placeOf = (fields: Fields) => ({
  manifest: digestField(fields, 'manifest'),
  piece: countField(fields, 'piece'),
  part: countField(fields, 'part'),
});

function statusOf(fields: Fields): PeerStatus {
  return {
    epoch: epochOf(countField(fields, 'epoch')),
    view: viewOf(countField(fields, 'view')),
    height: heightOf(countField(fields, 'height')),
    executed: heightOf(countField(fields, 'executed')),
  };
}
