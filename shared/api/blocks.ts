/** Headers, certificates, blocks and what proves them, as JSON. */
import * as z from 'zod/mini';
import { actionKinds } from '../types/governance.ts';
import {
  base64Url,
  count,
  heightNumber,
  hex32,
  identityId,
  nodeId,
  nonceHex,
  pageOf,
  pageQueryShape,
  timeMs,
} from './scalars.ts';

const hex32OrEmpty = z.string().check(z.regex(/^([0-9a-f]{64})?$/, '64 lower-case hex digits, or nothing'));

export const headerSchema = z.object({
  version: z.literal(1),
  network: hex32OrEmpty,
  epoch: count,
  nextEpoch: count,
  height: heightNumber,
  parent: hex32,
  time: timeMs,
  proposer: z.string(),
  batch: hex32,
  transactions: hex32,
  outcomes: hex32,
  state: hex32,
  history: hex32,
  validators: hex32,
  nextValidators: hex32,
});
export type HeaderJson = z.infer<typeof headerSchema>;

export const certificateSchema = z.object({
  epoch: count,
  height: heightNumber,
  block: hex32,
  seals: z.array(z.object({ validator: nodeId, signature: base64Url })),
});
export type CertificateJson = z.infer<typeof certificateSchema>;

export const inclusionProofSchema = z.object({ index: count, size: count, path: z.array(hex32) });
export type InclusionProofJson = z.infer<typeof inclusionProofSchema>;

const validatorKeySchema = z.object({ id: nodeId, member: nodeId, consensusKey: hex32 });
export type ValidatorKeyJson = z.infer<typeof validatorKeySchema>;

const blockShape = {
  height: heightNumber,
  hash: hex32,
  header: headerSchema,
  /** CBOR of the header exactly as it was hashed. */
  headerBytes: base64Url,
  /** null at genesis. */
  certificate: z.nullable(certificateSchema),
  transactionCount: count,
  failedCount: count,
};
export const blockSummarySchema = z.object(blockShape);
export type BlockSummaryJson = z.infer<typeof blockSummarySchema>;

/** All that the roots of the header are made of. */
export const blockSchema = z.object({
  ...blockShape,
  /** Leaves of `header.transactions`, in order. */
  transactionIds: z.array(hex32),
  /** CBOR of each outcome: leaves of `header.outcomes`, in order. */
  outcomes: z.array(base64Url),
  /** One for each id; with `?include=envelopes` only. */
  envelopes: z.exactOptional(z.array(base64Url)),
});
export type BlockJson = z.infer<typeof blockSchema>;

export const blockParamsSchema = z.object({
  /** Decimal height or 64 hex digits. */
  heightOrHash: z
    .string()
    .check(
      z.regex(/^(0|[1-9][0-9]{0,15}|[0-9a-f]{64})$/, 'a height such as 42, or a block hash of 64 hex digits'),
    ),
});
export const blockQuerySchema = z.strictObject({ include: z.exactOptional(z.enum(['envelopes'])) });
export const blocksQuerySchema = z.strictObject(pageQueryShape);
export const blocksSchema = pageOf(blockSummarySchema);
export type BlocksJson = z.infer<typeof blocksSchema>;

/** Proof that a transaction is in a certified block, with its outcome. Bytes are what was hashed. */
export const receiptSchema = z.object({
  header: base64Url,
  certificate: certificateSchema,
  envelope: base64Url,
  outcome: base64Url,
  transactionProof: inclusionProofSchema,
  outcomeProof: inclusionProofSchema,
});
export type ReceiptJson = z.infer<typeof receiptSchema>;

/** The last block of an epoch with the set that follows it. */
const certifiedLinkSchema = z.object({
  header: base64Url,
  certificate: certificateSchema,
  nextValidators: z.array(validatorKeySchema),
});
/** The same where no quorum handed over: the members did, by a recovery certificate. */
const recoveryLinkSchema = z.object({
  header: base64Url,
  recovery: base64Url,
  nextValidators: z.array(validatorKeySchema),
});
export const epochLinkSchema = z.union([recoveryLinkSchema, certifiedLinkSchema]);
export type EpochLinkJson = z.infer<typeof epochLinkSchema>;

export const proofPackSchema = z.object({
  version: z.literal(1),
  genesis: z.object({ header: base64Url, validators: z.array(validatorKeySchema) }),
  epochs: z.array(epochLinkSchema),
  receipt: receiptSchema,
});
export type ProofPackJson = z.infer<typeof proofPackSchema>;

export const parametersSchema = z.object({
  window: count,
  batchLimit: count,
  batchBytesMax: count,
  envelopeBytesMax: count,
  driftMs: count,
  lifetimeMs: count,
  heartbeatMs: count,
  primarySilenceMs: count,
  viewTimeoutMs: count,
  viewTimeoutMaxMs: count,
  waitingTimeoutMs: count,
  waitingPerPeer: count,
});

export const genesisValidatorSchema = z.object({
  id: nodeId,
  member: nodeId,
  consensusKey: hex32,
  nodeKey: hex32,
  address: z.string(),
  gateway: z.string(),
  incarnation: nonceHex,
});

export const identitySchema = z.object({
  id: identityId,
  member: nodeId,
  key: hex32,
  roles: z.array(z.string()),
  encryptionKey: z.exactOptional(hex32),
  /** What a reader reads: names of streams, or beginnings that end in `*`. */
  streams: z.exactOptional(z.array(z.string())),
});

/** More than the first of so many equal parts of the active members. */
const thresholdSchema = z.object({ more: z.tuple([count, count]) });

export const genesisSchema = z.object({
  /** Hash of the genesis block: pin this. */
  network: hex32,
  header: headerSchema,
  headerBytes: base64Url,
  validators: z.array(validatorKeySchema),
  document: z.object({
    version: z.literal(2),
    name: z.string(),
    time: timeMs,
    parameters: parametersSchema,
    members: z.array(z.object({ id: nodeId, name: z.string() })),
    validators: z.array(genesisValidatorSchema),
    identities: z.array(identitySchema),
    governance: z.object({ thresholds: z.record(z.enum(actionKinds), thresholdSchema) }),
    recovery: z.object({ threshold: thresholdSchema }),
    /** Version of the execution rules that the network begins with; absent: 1. */
    protocol: z.exactOptional(count),
  }),
  /** CBOR of the document, whose digest the genesis block covers. */
  documentBytes: base64Url,
});
export type GenesisJson = z.infer<typeof genesisSchema>;
