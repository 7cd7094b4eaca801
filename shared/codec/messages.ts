/**
 * Encodings of consensus messages (types/messages.ts) and of what their signatures cover. Sizes are bounded by
 * the number of validators and the window (rule M2); decoders throw CodecError and trust no length.
 */
import { digestOf, signingBytes } from '../crypto/digest.ts';
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  NetworkId,
  Signature,
  ValidatorId,
  View,
} from '../types/brands.ts';
import type { CborValue } from '../types/ledger.ts';
import type {
  ConsensusMessage,
  HeartbeatMessage,
  NewViewBody,
  PreparedCertificate,
  SealMessage,
  SignedVote,
  ViewChangeBody,
  ViewChangeMessage,
  Vote,
  VoteKind,
} from '../types/messages.ts';
import { CodecError } from './codec-error.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { validatorIdPattern, validatorsMax } from './ids.ts';
import { batchFromCbor, batchToCbor, certificateFromCbor, certificateToCbor } from './ledger.ts';
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
} from './structure.ts';

/** What bounds a message: the epoch's number of validators, and parameters. */
export interface MessageLimits {
  readonly validators: number;
  readonly window: number;
  readonly batchLimit: number;
  /** Validators of the epoch before, whose certificate a VIEW-CHANGE may carry (rule V2); as `validators` if absent. */
  readonly previousValidators?: number;
}

/** Upper bounds of one element's encoding with the longest ids and integers; a test encodes them. */
const voteBytes = 256;
const sealBytes = 160;
const overheadBytes = 512;

const sealsMax = (limits: MessageLimits): number =>
  Math.max(limits.validators, limits.previousValidators ?? 0);

const viewChangeBytesMax = (limits: MessageLimits): number =>
  overheadBytes +
  voteBytes +
  sealsMax(limits) * sealBytes +
  limits.window * (limits.validators * voteBytes + overheadBytes);

/** Bytes of the smallest message: a seal with the shortest id and integers; a test encodes one of each kind. */
export const messageBytesMin = 151;

/** Bytes of the largest legal message (rule M2). */
export const messageBytesMax = (limits: MessageLimits): number => {
  const prePrepare = overheadBytes + voteBytes + limits.batchLimit * 34;
  const newView =
    overheadBytes + voteBytes + limits.validators * viewChangeBytesMax(limits) + limits.window * voteBytes;
  return Math.max(prePrepare, newView);
};

// What signatures cover

/** All validators sign the same bytes for one slot, and their votes come one after the other. Nobody writes to them. */
const rememberedBytes = new Map<string, Uint8Array>();
const rememberedMax = 256;

const remembered = (name: string, make: () => Uint8Array): Uint8Array => {
  const known = rememberedBytes.get(name);
  if (known !== undefined) return known;
  const bytes = make();
  rememberedBytes.set(name, bytes);
  if (rememberedBytes.size > rememberedMax) rememberedBytes.delete(rememberedBytes.keys().next().value ?? '');
  return bytes;
};

/** Rule M1: domain `vote/<kind>`, the network, and the slot with its content. The key names the sender. */
export const voteSigningBytes = (network: NetworkId, vote: Vote): Uint8Array =>
  remembered(`${network} ${vote.kind} ${vote.epoch} ${vote.view} ${vote.sequence} ${vote.content}`, () =>
    signingBytes(
      `vote/${vote.kind}`,
      network,
      encode({
        view: vote.view,
        epoch: vote.epoch,
        content: fromHex(vote.content),
        sequence: vote.sequence,
      }),
    ),
  );

export const sealSigningBytes = (
  network: NetworkId,
  seal: { readonly epoch: Epoch; readonly height: Height; readonly block: BlockHash },
): Uint8Array =>
  remembered(`${network} seal ${seal.epoch} ${seal.height} ${seal.block}`, () =>
    signingBytes(
      'seal',
      network,
      encode({ block: fromHex(seal.block), epoch: seal.epoch, height: seal.height }),
    ),
  );

export const heartbeatSigningBytes = (
  network: NetworkId,
  heartbeat: Omit<HeartbeatMessage, 'kind' | 'sender' | 'signature'>,
): Uint8Array =>
  signingBytes(
    'heartbeat',
    network,
    encode({
      time: heartbeat.time,
      view: heartbeat.view,
      block: fromHex(heartbeat.block),
      epoch: heartbeat.epoch,
      height: heartbeat.height,
    }),
  );

/** A body never changes: its digest is made once, for all who sign, check and nest it. */
const contents = new WeakMap<ViewChangeBody | NewViewBody, Digest>();

const contentOf = <Body extends ViewChangeBody | NewViewBody>(
  domain: string,
  body: Body,
  encodeBody: (body: Body) => Uint8Array,
): Digest => {
  const known = contents.get(body);
  if (known !== undefined) return known;
  const content = digestOf(domain, encodeBody(body));
  contents.set(body, content);
  return content;
};

/** Content of a VIEW-CHANGE vote. */
export const viewChangeContent = (body: ViewChangeBody): Digest =>
  contentOf('view-change', body, encodeViewChangeBody);
/** Content of a NEW-VIEW vote. */
export const newViewContent = (body: NewViewBody): Digest => contentOf('new-view', body, encodeNewViewBody);

// Votes

export const voteKinds: readonly VoteKind[] = ['pre-prepare', 'prepare', 'commit', 'view-change', 'new-view'];
const voteKeys = ['kind', 'epoch', 'view', 'sequence', 'content', 'sender'];
const signedVoteKeys = [...voteKeys, 'signature'];

// Keys in canonical order, which spares the encoder sorting them.

const voteToCbor = (vote: Vote): CborMap => ({
  kind: vote.kind,
  view: vote.view,
  epoch: vote.epoch,
  sender: vote.sender,
  content: fromHex(vote.content),
  sequence: vote.sequence,
});
export const signedVoteToCbor = (vote: SignedVote): CborMap => ({
  kind: vote.kind,
  view: vote.view,
  epoch: vote.epoch,
  sender: vote.sender,
  content: fromHex(vote.content),
  sequence: vote.sequence,
  signature: vote.signature,
});

const voteFromMap = (map: CborMap, path: string): Vote => ({
  kind: readOneOf(map, 'kind', path, voteKinds),
  epoch: readCount<Epoch>(map, 'epoch', path),
  view: readCount<View>(map, 'view', path),
  sequence: readCount<Height>(map, 'sequence', path),
  content: readHex<Digest>(map, 'content', path, 32),
  sender: readPattern<ValidatorId>(map, 'sender', path, validatorIdPattern),
});
export const signedVoteFromCbor = (value: CborValue | undefined, path: string): SignedVote => {
  const map = readMap(value, path, signedVoteKeys);
  return {
    kind: readOneOf(map, 'kind', path, voteKinds),
    epoch: readCount<Epoch>(map, 'epoch', path),
    view: readCount<View>(map, 'view', path),
    sequence: readCount<Height>(map, 'sequence', path),
    content: readHex<Digest>(map, 'content', path, 32),
    sender: readPattern<ValidatorId>(map, 'sender', path, validatorIdPattern),
    signature: readBytes(map, 'signature', path, 64) as Signature,
  };
};
const voteOfKind = (value: CborValue | undefined, path: string, kind: VoteKind): SignedVote => {
  const vote = signedVoteFromCbor(value, path);
  if (vote.kind !== kind) throw wrongValue(`${path}.kind`, kind, vote.kind);
  return vote;
};

export const encodeVote = (vote: Vote): Uint8Array => encode(voteToCbor(vote));
export const decodeVote = (bytes: Uint8Array): Vote =>
  voteFromMap(readMap(decode(bytes), 'vote', voteKeys), 'vote');
export const encodeSignedVote = (vote: SignedVote): Uint8Array => encode(signedVoteToCbor(vote));
export const decodeSignedVote = (bytes: Uint8Array): SignedVote => signedVoteFromCbor(decode(bytes), 'vote');

// Prepared certificates and bodies of view changes

const preparedToCbor = (prepared: PreparedCertificate): CborMap => ({
  view: prepared.view,
  batch: fromHex(prepared.batch),
  epoch: prepared.epoch,
  prepares: prepared.prepares.map(signedVoteToCbor),
  sequence: prepared.sequence,
  prePrepare: signedVoteToCbor(prepared.prePrepare),
});

const preparedKeys = ['epoch', 'view', 'sequence', 'batch', 'prePrepare', 'prepares'];
const preparedFromCbor = (value: CborValue, path: string, preparesMax: number): PreparedCertificate => {
  const map = readMap(value, path, preparedKeys);
  return {
    epoch: readCount<Epoch>(map, 'epoch', path),
    view: readCount<View>(map, 'view', path),
    sequence: readCount<Height>(map, 'sequence', path),
    batch: readHex<BatchDigest>(map, 'batch', path, 32),
    prePrepare: voteOfKind(map.prePrepare, `${path}.prePrepare`, 'pre-prepare'),
    prepares: readList(map, 'prepares', path, preparesMax).map((vote, i) =>
      voteOfKind(vote, `${path}.prepares[${i}]`, 'prepare'),
    ),
  };
};

const viewChangeBodyToCbor = (body: ViewChangeBody): CborMap => ({
  height: body.height,
  prepared: body.prepared.map(preparedToCbor),
  ...(body.certificate && { certificate: certificateToCbor(body.certificate) }),
});

const viewChangeBodyFromCbor = (
  value: CborValue | undefined,
  path: string,
  limits: MessageLimits,
): ViewChangeBody => {
  const map = readMap(value, path, ['height', 'prepared'], ['certificate']);
  return {
    height: readCount<Height>(map, 'height', path),
    ...('certificate' in map && {
      certificate: certificateFromCbor(map.certificate, `${path}.certificate`, sealsMax(limits)),
    }),
    prepared: readList(map, 'prepared', path, limits.window).map((prepared, i) =>
      preparedFromCbor(prepared, `${path}.prepared[${i}]`, limits.validators - 1),
    ),
  };
};

const newViewBodyToCbor = (body: NewViewBody): CborMap => ({
  prePrepares: body.prePrepares.map(signedVoteToCbor),
  viewChanges: body.viewChanges.map(messageToCbor),
});

const newViewBodyFromCbor = (
  value: CborValue | undefined,
  path: string,
  limits: MessageLimits,
): NewViewBody => {
  const map = readMap(value, path, ['viewChanges', 'prePrepares']);
  return {
    viewChanges: readList(map, 'viewChanges', path, limits.validators).map((item, i) =>
      viewChangeFromCbor(item, `${path}.viewChanges[${i}]`, limits),
    ),
    prePrepares: readList(map, 'prePrepares', path, limits.window).map((vote, i) =>
      voteOfKind(vote, `${path}.prePrepares[${i}]`, 'pre-prepare'),
    ),
  };
};

/** Of what a validator stored itself: bounded by what any network may have. */
const storedLimits: MessageLimits = { validators: validatorsMax, window: 65_536, batchLimit: 1_000_000 };

export const encodePreparedCertificate = (prepared: PreparedCertificate): Uint8Array =>
  encode(preparedToCbor(prepared));
export const decodePreparedCertificate = (bytes: Uint8Array): PreparedCertificate =>
  preparedFromCbor(decode(bytes), 'prepared', validatorsMax);
export const encodeViewChangeBody = (body: ViewChangeBody): Uint8Array => encode(viewChangeBodyToCbor(body));
export const decodeViewChangeBody = (
  bytes: Uint8Array,
  limits: MessageLimits = storedLimits,
): ViewChangeBody => viewChangeBodyFromCbor(decode(bytes), 'body', limits);
export const encodeNewViewBody = (body: NewViewBody): Uint8Array => encode(newViewBodyToCbor(body));
export const decodeNewViewBody = (bytes: Uint8Array, limits: MessageLimits = storedLimits): NewViewBody =>
  newViewBodyFromCbor(decode(bytes), 'body', limits);

// Messages

export const encodeMessage = (message: ConsensusMessage): Uint8Array => encode(messageToCbor(message));

const messageToCbor = (message: ConsensusMessage): CborMap => {
  const { kind } = message;
  switch (kind) {
    case 'pre-prepare':
      return { kind, vote: signedVoteToCbor(message.vote), batch: batchToCbor(message.batch) };
    case 'prepare':
    case 'commit':
      return { kind, vote: signedVoteToCbor(message.vote) };
    case 'view-change':
      return { body: viewChangeBodyToCbor(message.body), kind, vote: signedVoteToCbor(message.vote) };
    case 'new-view':
      return { body: newViewBodyToCbor(message.body), kind, vote: signedVoteToCbor(message.vote) };
    case 'seal':
      return sealToCbor(message);
    case 'heartbeat':
      return heartbeatToCbor(message);
  }
};

export const sealToCbor = (seal: SealMessage): CborMap => ({
  kind: 'seal',
  block: fromHex(seal.block),
  epoch: seal.epoch,
  height: seal.height,
  sender: seal.sender,
  signature: seal.signature,
});

const heartbeatToCbor = (heartbeat: HeartbeatMessage): CborMap => ({
  kind: 'heartbeat',
  time: heartbeat.time,
  view: heartbeat.view,
  block: fromHex(heartbeat.block),
  epoch: heartbeat.epoch,
  height: heartbeat.height,
  sender: heartbeat.sender,
  signature: heartbeat.signature,
});

/** Throws CodecError, also for a message that is larger than any legal one. Signatures are not verified here. */
export const decodeMessage = (bytes: Uint8Array, limits: MessageLimits): ConsensusMessage =>
  messageFromCbor(decode(bytes, { bytesMax: messageBytesMax(limits), itemsMax: itemsMaxOf(bytes) }), limits);

/** What is looked into to find no more than an epoch; nearly all messages of nearly all networks are smaller. */
const claimedBytesMax = 4 * 1024 * 1024;

/**
 * The epoch that a message names which `decodeMessage` refused: of one that has not begun here, sets, windows and
 * batches may be larger than any that are known. undefined if it names none.
 */
export const claimedEpoch = (bytes: Uint8Array): Epoch | undefined => {
  try {
    const message = decode(bytes, { bytesMax: claimedBytesMax, itemsMax: itemsMaxOf(bytes) });
    if (!isCborMap(message)) return undefined;
    const slot = message.vote === undefined ? message : message.vote;
    return isCborMap(slot) ? readCount<Epoch>(slot, 'epoch', 'message') : undefined;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return undefined;
  }
};

/** A vote has fifteen items in some two hundred bytes: twice as many in all are not a message. */
const itemsMaxOf = (bytes: Uint8Array): number => 64 + Math.ceil(bytes.length / 6);

const messageKinds = [...voteKinds, 'seal', 'heartbeat'] as const;
const messageKeys = {
  'pre-prepare': ['kind', 'vote', 'batch'],
  prepare: ['kind', 'vote'],
  commit: ['kind', 'vote'],
  'view-change': ['kind', 'vote', 'body'],
  'new-view': ['kind', 'vote', 'body'],
  seal: ['kind', 'epoch', 'height', 'block', 'sender', 'signature'],
  heartbeat: ['kind', 'epoch', 'view', 'height', 'block', 'time', 'sender', 'signature'],
} as const;
const anyMessageKey = [...new Set(Object.values(messageKeys).flat())];

const messageFromCbor = (value: CborValue, limits: MessageLimits): ConsensusMessage => {
  const path = 'message';
  const kind = readOneOf(readMap(value, path, ['kind'], anyMessageKey), 'kind', path, messageKinds);
  const map = readMap(value, path, messageKeys[kind]);
  switch (kind) {
    case 'pre-prepare': {
      const batch = batchFromCbor(map.batch, `${path}.batch`, limits.batchLimit);
      return { kind, vote: voteOfKind(map.vote, `${path}.vote`, kind), batch };
    }
    case 'prepare':
      return { kind, vote: voteOfKind(map.vote, `${path}.vote`, kind) };
    case 'commit':
      return { kind, vote: voteOfKind(map.vote, `${path}.vote`, kind) };
    case 'view-change':
      return viewChangeFromCbor(value, path, limits);
    case 'new-view': {
      const body = newViewBodyFromCbor(map.body, `${path}.body`, limits);
      return { kind, vote: voteOfKind(map.vote, `${path}.vote`, kind), body };
    }
    case 'seal':
      return sealFromMap(map, path);
    case 'heartbeat':
      return heartbeatFromMap(map, path);
  }
};

const viewChangeFromCbor = (value: CborValue, path: string, limits: MessageLimits): ViewChangeMessage => {
  const map = readMap(value, path, messageKeys['view-change']);
  return {
    kind: readConstant(map, 'kind', path, 'view-change'),
    vote: voteOfKind(map.vote, `${path}.vote`, 'view-change'),
    body: viewChangeBodyFromCbor(map.body, `${path}.body`, limits),
  };
};

export const sealFromCbor = (value: CborValue | undefined, path: string): SealMessage =>
  sealFromMap(readMap(value, path, messageKeys.seal), path);

const sealFromMap = (map: CborMap, path: string): SealMessage => ({
  kind: 'seal',
  epoch: readCount<Epoch>(map, 'epoch', path),
  height: readCount<Height>(map, 'height', path),
  block: readHex<BlockHash>(map, 'block', path, 32),
  sender: readPattern<ValidatorId>(map, 'sender', path, validatorIdPattern),
  signature: readBytes(map, 'signature', path, 64) as Signature,
});

const heartbeatFromMap = (map: CborMap, path: string): HeartbeatMessage => ({
  kind: 'heartbeat',
  epoch: readCount<Epoch>(map, 'epoch', path),
  view: readCount<View>(map, 'view', path),
  height: readCount<Height>(map, 'height', path),
  block: readHex<BlockHash>(map, 'block', path, 32),
  time: readCount(map, 'time', path),
  sender: readPattern<ValidatorId>(map, 'sender', path, validatorIdPattern),
  signature: readBytes(map, 'signature', path, 64) as Signature,
});
