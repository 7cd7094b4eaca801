/**
 * Encodings of what the ledger consists of, as docs/data-formats.md describes them: CBOR maps with the field
 * names of types/ledger.ts; digests, keys, nonces and signatures are byte strings. Decoders throw CodecError.
 */
import { digestOf, signingBytes } from '../crypto/digest.ts';
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  MemberId,
  NetworkId,
  Nonce,
  PublicKey,
  Signature,
  StreamName,
  TransactionId,
  ValidatorId,
} from '../types/brands.ts';
import type {
  Batch,
  CborValue,
  Certificate,
  DetachedPayload,
  EpochLink,
  Header,
  InclusionProof,
  LedgerEvent,
  NewStreamEvent,
  Outcome,
  ProofPack,
  Receipt,
  Rejection,
  StreamEvent,
  Transaction,
  TransactionBody,
  ValidatorKey,
  ValidatorSet,
} from '../types/ledger.ts';
import { CodecError } from './codec-error.ts';
import { type DecodeLimits, decode, encode } from './dag-cbor.ts';
import { fromHex, toHex } from './hex.ts';
import { actionPattern, memberIdPattern, validatorIdPattern, validatorsMax } from './ids.ts';
import {
  bytesOf,
  type CborMap,
  isCborMap,
  listOf,
  readBytes,
  readConstant,
  readCount,
  readHex,
  readList,
  readMap,
  readOneOf,
  readPattern,
  readText,
  textOf,
  wrongValue,
} from './structure.ts';
import { validatorSetFault } from './validator-set.ts';

export {
  decodeGenesisDocument,
  encodeGenesisDocument,
  genesisDocumentDigest,
} from './genesis.ts';

/** Bounds of lists that no parameter bounds; far above what any network has. */
const epochsMax = 100_000;
const transactionsPerBlockMax = 1_000_000;
const referencesMax = 1024;
const labelsMax = 1024;
const pathMax = 64;

const proposerPattern = /^[a-z0-9-]{0,32}$/;

// Transactions

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
/**
 * Twice what has a fixed structure can need, so that a stranger's list of a million empty items is not even read, and
 * one of a few too many is refused by its name.
 */
const itemsMax = {
  envelope: 8,
  header: 60,
  certificate: 10 * validatorsMax,
  validatorSet: 14 * validatorsMax,
};

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

// Batches

export const nullBatch: Batch = { time: 0, proposer: '', ids: [] };

export const batchToCbor = (batch: Batch): CborMap => ({
  time: batch.time,
  proposer: batch.proposer,
  ids: batch.ids.map(fromHex),
});
export const batchFromCbor = (value: CborValue | undefined, path: string, idsMax: number): Batch => {
  const map = readMap(value, path, ['time', 'proposer', 'ids']);
  return {
    time: readCount(map, 'time', path),
    proposer: readPattern<ValidatorId | ''>(map, 'proposer', path, proposerPattern),
    ids: readList(map, 'ids', path, idsMax).map(
      (id, i) => toHex(bytesOf(id, `${path}.ids[${i}]`, 32)) as TransactionId,
    ),
  };
};

export const encodeBatch = (batch: Batch): Uint8Array => encode(batchToCbor(batch));
export const decodeBatch = (bytes: Uint8Array, idsMax: number = transactionsPerBlockMax): Batch =>
  batchFromCbor(decode(bytes, { itemsMax: 64 + 2 * idsMax }), 'batch', idsMax);
export const batchDigest = (batch: Batch): BatchDigest =>
  digestOf('batch', encodeBatch(batch)) as BatchDigest;

// Headers

export const encodeHeader = (header: Header): Uint8Array =>
  encode({
    version: header.version,
    network: fromHex(header.network),
    epoch: header.epoch,
    nextEpoch: header.nextEpoch,
    height: header.height,
    parent: fromHex(header.parent),
    time: header.time,
    proposer: header.proposer,
    batch: fromHex(header.batch),
    transactions: fromHex(header.transactions),
    outcomes: fromHex(header.outcomes),
    state: fromHex(header.state),
    history: fromHex(header.history),
    validators: fromHex(header.validators),
    nextValidators: fromHex(header.nextValidators),
  });

const headerKeys = [
  'version',
  'network',
  'epoch',
  'nextEpoch',
  'height',
  'parent',
  'time',
  'proposer',
  'batch',
  'transactions',
  'outcomes',
  'state',
  'history',
  'validators',
  'nextValidators',
];
export const decodeHeader = (bytes: Uint8Array): Header => {
  const path = 'header';
  const map = readMap(decode(bytes, { itemsMax: itemsMax.header }), path, headerKeys);
  return {
    version: readConstant(map, 'version', path, 1),
    network: readNetwork(map, path),
    epoch: readCount<Epoch>(map, 'epoch', path),
    nextEpoch: readCount<Epoch>(map, 'nextEpoch', path),
    height: readCount<Height>(map, 'height', path),
    parent: readHex<BlockHash>(map, 'parent', path, 32),
    time: readCount(map, 'time', path),
    proposer: readPattern<ValidatorId | ''>(map, 'proposer', path, proposerPattern),
    batch: readHex<BatchDigest>(map, 'batch', path, 32),
    transactions: readHex<Digest>(map, 'transactions', path, 32),
    outcomes: readHex<Digest>(map, 'outcomes', path, 32),
    state: readHex<Digest>(map, 'state', path, 32),
    history: readHex<Digest>(map, 'history', path, 32),
    validators: readHex<Digest>(map, 'validators', path, 32),
    nextValidators: readHex<Digest>(map, 'nextValidators', path, 32),
  };
};

/** Genesis, and only genesis, has an empty network field. */
const readNetwork = (map: CborMap, path: string): NetworkId | '' =>
  map.height === 0 ? readHex<''>(map, 'network', path, 0) : readHex<NetworkId>(map, 'network', path, 32);

/** The block's hash, given the header's encoding. */
export const headerHash = (bytes: Uint8Array): BlockHash => digestOf('header', bytes) as BlockHash;

// Outcomes and events

export const encodeOutcome = (outcome: Outcome): Uint8Array => {
  const transaction = fromHex(outcome.transaction);
  if (outcome.status === 'succeeded') {
    return encode({ transaction, status: 'succeeded', events: fromHex(outcome.events) });
  }
  const { code, facts } = outcome.rejection;
  return encode({ transaction, status: 'failed', rejection: { code, facts } });
};

export const decodeOutcome = (bytes: Uint8Array): Outcome => {
  const path = 'outcome';
  const map = readMap(decode(bytes), path, ['transaction', 'status'], ['events', 'rejection']);
  const status = readOneOf(map, 'status', path, ['succeeded', 'failed']);
  readMap(map, path, ['transaction', 'status', status === 'succeeded' ? 'events' : 'rejection']);
  const transaction = readHex<TransactionId>(map, 'transaction', path, 32);
  if (status === 'succeeded')
    return { transaction, status, events: readHex<Digest>(map, 'events', path, 32) };
  return { transaction, status, rejection: rejectionFromCbor(map.rejection, `${path}.rejection`) };
};

const rejectionFromCbor = (value: CborValue | undefined, path: string): Rejection => {
  const map = readMap(value, path, ['code', 'facts']);
  return { code: readText(map, 'code', path), facts: mapOf(map.facts, `${path}.facts`) };
};

const mapOf = (value: CborValue | undefined, path: string): CborMap => {
  if (value !== undefined && isCborMap(value)) return value;
  return readMap(value, path, []);
};

export const encodeEvent = (event: LedgerEvent): Uint8Array => encode({ type: event.type, data: event.data });
export const decodeEvent = (bytes: Uint8Array): LedgerEvent => eventFromCbor(decode(bytes), 'event');

const eventFromCbor = (value: CborValue, path: string): LedgerEvent => {
  const map = readMap(value, path, ['type', 'data']);
  return { type: readText(map, 'type', path), data: mapOf(map.data, `${path}.data`) };
};

/** The list of a transaction's events, in order. */
export const encodeEvents = (events: readonly LedgerEvent[]): Uint8Array =>
  encode(events.map(({ type, data }) => ({ type, data })));
/** Bytes before the data: heads of list and map, and the key "data"; and of the key "type". */
const bytesBeforeData = 7;
const typeKeyBytes = 5;
/** The encoding of its data, which `encodeEvents([event])` has inside: the same bytes, not a copy. */
export const dataOfOnlyEvent = (event: LedgerEvent, eventsBytes: Uint8Array): Uint8Array =>
  eventsBytes.subarray(bytesBeforeData, eventsBytes.length - typeKeyBytes - encode(event.type).length);
export const decodeEvents = (bytes: Uint8Array): readonly LedgerEvent[] =>
  listOf(decode(bytes), 'events', transactionsPerBlockMax).map((event, i) =>
    eventFromCbor(event, `events[${i}]`),
  );
/** What an outcome names: the digest of the encoded list of events. */
export const eventsDigest = (eventsBytes: Uint8Array): Digest => digestOf('events', eventsBytes);

export const newStreamEventToCbor = (event: NewStreamEvent): CborMap => ({
  eventId: event.eventId,
  type: event.type,
  data: event.data,
  labels: event.labels,
  references: event.references,
  ...(event.payload && {
    payload: { digest: fromHex(event.payload.digest), size: event.payload.size },
  }),
});

const newStreamEventKeys = ['eventId', 'type', 'data', 'labels', 'references'];
const newStreamEventFromMap = (map: CborMap, path: string): NewStreamEvent => ({
  eventId: readText(map, 'eventId', path),
  type: readText(map, 'type', path),
  data: map.data as CborValue,
  labels: labelsFromCbor(map.labels, `${path}.labels`),
  references: readList(map, 'references', path, referencesMax).map((reference, i) =>
    textOf(reference, `${path}.references[${i}]`),
  ),
  ...('payload' in map && { payload: payloadFromCbor(map.payload, `${path}.payload`) }),
});

const labelsFromCbor = (value: CborValue | undefined, path: string): { readonly [name: string]: string } => {
  const map = mapOf(value, path);
  const names = Object.keys(map);
  if (names.length > labelsMax) throw wrongValue(path, `≤ ${labelsMax} labels`, names.length);
  for (const name of names) readText(map, name, path);
  return map as { readonly [name: string]: string };
};

const payloadFromCbor = (value: CborValue | undefined, path: string): DetachedPayload => {
  const map = readMap(value, path, ['digest', 'size']);
  return { digest: readHex<Digest>(map, 'digest', path, 32), size: readCount(map, 'size', path) };
};

/** An event as the ledger keeps it, and the leaf of its stream's tree. */
export const encodeStreamEvent = (event: StreamEvent): Uint8Array =>
  encode({ ...newStreamEventToCbor(event), stream: event.stream, revision: event.revision });

export const decodeStreamEvent = (bytes: Uint8Array): StreamEvent => {
  const path = 'event';
  const map = readMap(decode(bytes), path, [...newStreamEventKeys, 'stream', 'revision'], ['payload']);
  return {
    ...newStreamEventFromMap(map, path),
    stream: readText(map, 'stream', path) as StreamName,
    revision: readCount(map, 'revision', path),
  };
};

// Validator sets and certificates

export const validatorSetToCbor = (set: ValidatorSet): readonly CborMap[] =>
  set.map(({ id, member, consensusKey }) => ({ id, member, consensusKey: fromHex(consensusKey) }));

export const validatorSetFromCbor = (value: CborValue | undefined, path: string): ValidatorSet => {
  const set = listOf(value, path, validatorsMax).map((item, i) => validatorFromCbor(item, `${path}[${i}]`));
  const fault = validatorSetFault(set, path);
  if (fault !== undefined) throw new CodecError('wrong-value', fault);
  return set;
};

const validatorFromCbor = (value: CborValue, path: string): ValidatorKey => {
  const map = readMap(value, path, ['id', 'member', 'consensusKey']);
  return {
    id: readPattern<ValidatorId>(map, 'id', path, validatorIdPattern),
    member: readPattern<MemberId>(map, 'member', path, memberIdPattern),
    consensusKey: readHex<PublicKey>(map, 'consensusKey', path, 32),
  };
};

export const encodeValidatorSet = (set: ValidatorSet): Uint8Array => encode(validatorSetToCbor(set));
export const decodeValidatorSet = (bytes: Uint8Array): ValidatorSet =>
  validatorSetFromCbor(decode(bytes, { itemsMax: itemsMax.validatorSet }), 'validators');
/** What headers call `validators`: fields beyond {id, member, consensusKey} do not enter. */
export const validatorSetDigest = (set: ValidatorSet): Digest =>
  digestOf('validators', encodeValidatorSet(set));

export const certificateToCbor = (certificate: Certificate): CborMap => ({
  epoch: certificate.epoch,
  height: certificate.height,
  block: fromHex(certificate.block),
  seals: certificate.seals.map(({ validator, signature }) => ({ validator, signature })),
});

export const certificateFromCbor = (
  value: CborValue | undefined,
  path: string,
  sealsMax: number = validatorsMax,
): Certificate => {
  const map = readMap(value, path, ['epoch', 'height', 'block', 'seals']);
  return {
    epoch: readCount<Epoch>(map, 'epoch', path),
    height: readCount<Height>(map, 'height', path),
    block: readHex<BlockHash>(map, 'block', path, 32),
    seals: readList(map, 'seals', path, sealsMax).map((item, i) => {
      const seal = readMap(item, `${path}.seals[${i}]`, ['validator', 'signature']);
      return {
        validator: readPattern<ValidatorId>(seal, 'validator', `${path}.seals[${i}]`, validatorIdPattern),
        signature: readBytes(seal, 'signature', `${path}.seals[${i}]`, 64) as Signature,
      };
    }),
  };
};

export const encodeCertificate = (certificate: Certificate): Uint8Array =>
  encode(certificateToCbor(certificate));
export const decodeCertificate = (bytes: Uint8Array): Certificate =>
  certificateFromCbor(decode(bytes, { itemsMax: itemsMax.certificate }), 'certificate');

// Receipts and proof packs

const inclusionProofToCbor = ({ index, size, path }: InclusionProof): CborMap => ({
  index,
  size,
  path: path.map(fromHex),
});

const inclusionProofFromCbor = (value: CborValue | undefined, path: string): InclusionProof => {
  const map = readMap(value, path, ['index', 'size', 'path']);
  return {
    index: readCount(map, 'index', path),
    size: readCount(map, 'size', path),
    path: readList(map, 'path', path, pathMax).map(
      (hash, i) => toHex(bytesOf(hash, `${path}.path[${i}]`, 32)) as Digest,
    ),
  };
};

const receiptToCbor = (receipt: Receipt): CborMap => ({
  header: receipt.header,
  certificate: certificateToCbor(receipt.certificate),
  envelope: receipt.envelope,
  outcome: receipt.outcome,
  transactionProof: inclusionProofToCbor(receipt.transactionProof),
  outcomeProof: inclusionProofToCbor(receipt.outcomeProof),
});

const receiptKeys = ['header', 'certificate', 'envelope', 'outcome', 'transactionProof', 'outcomeProof'];
const receiptFromCbor = (value: CborValue | undefined, path: string): Receipt => {
  const map = readMap(value, path, receiptKeys);
  return {
    header: readBytes(map, 'header', path),
    certificate: certificateFromCbor(map.certificate, `${path}.certificate`),
    envelope: readBytes(map, 'envelope', path),
    outcome: readBytes(map, 'outcome', path),
    transactionProof: inclusionProofFromCbor(map.transactionProof, `${path}.transactionProof`),
    outcomeProof: inclusionProofFromCbor(map.outcomeProof, `${path}.outcomeProof`),
  };
};

export const encodeReceipt = (receipt: Receipt): Uint8Array => encode(receiptToCbor(receipt));
export const decodeReceipt = (bytes: Uint8Array): Receipt => receiptFromCbor(decode(bytes), 'receipt');

const epochLinkToCbor = (link: EpochLink): CborMap => ({
  header: link.header,
  certificate: certificateToCbor(link.certificate),
  nextValidators: validatorSetToCbor(link.nextValidators),
});

const epochLinkFromCbor = (value: CborValue, path: string): EpochLink => {
  const map = readMap(value, path, ['header', 'certificate', 'nextValidators']);
  return {
    header: readBytes(map, 'header', path),
    certificate: certificateFromCbor(map.certificate, `${path}.certificate`),
    nextValidators: validatorSetFromCbor(map.nextValidators, `${path}.nextValidators`),
  };
};

export const encodeProofPack = (pack: ProofPack): Uint8Array =>
  encode({
    version: pack.version,
    genesis: { header: pack.genesis.header, validators: validatorSetToCbor(pack.genesis.validators) },
    epochs: pack.epochs.map(epochLinkToCbor),
    receipt: receiptToCbor(pack.receipt),
  });

export const decodeProofPack = (bytes: Uint8Array): ProofPack => {
  const path = 'pack';
  const map = readMap(decode(bytes), path, ['version', 'genesis', 'epochs', 'receipt']);
  const genesis = readMap(map.genesis, `${path}.genesis`, ['header', 'validators']);
  return {
    version: readConstant(map, 'version', path, 1),
    genesis: {
      header: readBytes(genesis, 'header', `${path}.genesis`),
      validators: validatorSetFromCbor(genesis.validators, `${path}.genesis.validators`),
    },
    epochs: readList(map, 'epochs', path, epochsMax).map((link, i) =>
      epochLinkFromCbor(link, `${path}.epochs[${i}]`),
    ),
    receipt: receiptFromCbor(map.receipt, `${path}.receipt`),
  };
};
