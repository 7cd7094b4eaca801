/** Transactions: reading, following and submitting. */
import * as z from 'zod/mini';
import { receiptSchema } from './blocks.ts';
import { problemCodes, problemSchema } from './problems.ts';
import {
  actionName,
  anyJson,
  base64Url,
  count,
  factsJson,
  heightNumber,
  hex32,
  identityId,
  labelText,
  nonceHex,
  pageOf,
  pageQueryShape,
  streamName,
  timeMs,
} from './scalars.ts';

const outcomeSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), events: hex32 }),
  z.object({
    status: z.literal('failed'),
    code: z.string(),
    facts: factsJson,
    /** For people: what was refused, and what to do; absent for a code that the gateway does not know. */
    headline: z.exactOptional(z.string()),
    next: z.exactOptional(z.string()),
  }),
]);
export type OutcomeJson = z.infer<typeof outcomeSchema>;

const certifiedShape = {
  status: z.literal('certified'),
  id: hex32,
  height: heightNumber,
  block: hex32,
  /** Position in the block's trees. */
  index: count,
  /** Block time. */
  time: timeMs,
  /** Identity id of the sender, absent if its key was unknown. */
  sender: z.exactOptional(identityId),
  senderKey: hex32,
  action: z.string(),
  outcome: outcomeSchema,
  sizeBytes: count,
};
const transactionRowSchema = z.object(certifiedShape);
export type TransactionRowJson = z.infer<typeof transactionRowSchema>;

/** `args` is for reading: bytes inside it became base64url, large integers decimal strings. */
const certifiedTransactionSchema = z.object({
  ...certifiedShape,
  nonce: nonceHex,
  expiresAt: timeMs,
  args: anyJson,
  envelope: base64Url,
});
export type CertifiedTransactionJson = z.infer<typeof certifiedTransactionSchema>;

/**
 * What is known of a transaction (design, section 5). `expired` is said only when a certified block with time
 * at or after expiresAt exists and none up to it contains the id; 404 `unknown-transaction` otherwise.
 */
export const transactionStatusSchema = z.discriminatedUnion('status', [
  certifiedTransactionSchema,
  z.object({
    status: z.literal('pooled'),
    id: hex32,
    expiresAt: timeMs,
    action: z.string(),
    senderKey: hex32,
  }),
  z.object({
    status: z.literal('expired'),
    id: hex32,
    expiresAt: timeMs,
    height: heightNumber,
    time: timeMs,
  }),
  z.object({ status: z.literal('superseded'), id: hex32, by: hex32 }),
]);
export type TransactionStatusJson = z.infer<typeof transactionStatusSchema>;

export const transactionParamsSchema = z.object({ id: hex32 });
/** Whoever holds the envelope may name its fields, so that a node that never saw it can judge its fate. */
export const transactionQuerySchema = z.strictObject({
  sender: z.exactOptional(hex32),
  nonce: z.exactOptional(nonceHex),
  expiresAt: z.exactOptional(timeMs),
});

export const transactionsQuerySchema = z.strictObject({
  ...pageQueryShape,
  /** Identity id or public key. */
  sender: z.exactOptional(
    z.union(
      [identityId, hex32],
      'an identity id such as alpha.submitter, or a public key of 64 lower-case hex digits',
    ),
  ),
  receiver: z.exactOptional(identityId),
  action: z.exactOptional(actionName),
  stream: z.exactOptional(streamName),
  label: z.exactOptional(labelText),
  status: z.exactOptional(z.enum(['succeeded', 'failed'])),
  /** Block time, inclusive. */
  from: z.exactOptional(timeMs),
  to: z.exactOptional(timeMs),
  fromHeight: z.exactOptional(heightNumber),
  toHeight: z.exactOptional(heightNumber),
});
export type TransactionsQuery = z.infer<typeof transactionsQuerySchema>;
export const transactionsSchema = pageOf(transactionRowSchema);
export type TransactionsJson = z.infer<typeof transactionsSchema>;

export const submitQuerySchema = z.strictObject({
  wait: z.exactOptional(z.enum(['certified'])),
  /** `omit` leaves out the receipts of `wait=certified`: for bulk, whose receipts can be fetched one by one. */
  receipts: z.exactOptional(z.enum(['omit'])),
  /** How long `wait` may take; the node has its own upper bound. */
  timeoutMs: z.exactOptional(z.int().check(z.minimum(1), z.maximum(120_000))),
});
const withPayloads = z.strictObject({
  envelope: base64Url,
  /** Bytes that its events name by digest (docs/payloads.md). */
  payloads: z.exactOptional(z.array(base64Url).check(z.maxLength(256))),
});
export const submitBodySchema = z.union(
  [
    withPayloads,
    z.strictObject({
      envelopes: z.array(z.union([base64Url, withPayloads])).check(z.minLength(1), z.maxLength(10_000)),
    }),
  ],
  '{"envelope": TEXT, "payloads": [TEXT, …]}, or {"envelopes": [TEXT or such a map, …]} with 1 to 10,000 of them, each TEXT base64url',
);

/** One entry for each envelope, in order. `duplicate` was accepted or certified before: nothing to do. */
const submitResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('accepted'), id: hex32 }),
  z.object({ status: z.literal('duplicate'), id: hex32, height: z.exactOptional(heightNumber) }),
  z.object({
    status: z.literal('certified'),
    id: hex32,
    height: heightNumber,
    outcome: outcomeSchema,
    /** Absent with `?receipts=omit` only. */
    receipt: z.exactOptional(receiptSchema),
  }),
  z.object({
    status: z.literal('refused'),
    id: z.exactOptional(hex32),
    code: z.enum(problemCodes),
    detail: z.string(),
    facts: factsJson,
    next: z.string(),
  }),
]);
export type SubmitResultJson = z.infer<typeof submitResultSchema>;

/** 202 while anything is still to be certified, 200 when all are. `follow` says where to look. */
export const submitResponseSchema = z.object({
  results: z.array(submitResultSchema),
  accepted: count,
  refused: count,
  follow: z.string(),
});
export type SubmitResponseJson = z.infer<typeof submitResponseSchema>;

/** Members that some problems of POST transactions carry beside the usual ones. */
export const submitProblemSchema = z.object({
  ...problemSchema.shape,
  results: z.exactOptional(z.array(submitResultSchema)),
  receipt: z.exactOptional(receiptSchema),
});
