/** Keys of the network as people look after them: how old, who acts next, and what a stolen one signed. */
import * as z from 'zod/mini';
import {
  actionName,
  anyJson,
  base64Url,
  count,
  heightNumber,
  hex32,
  identityId,
  nodeId,
  timeMs,
} from './scalars.ts';

const keyKind = z.enum(['consensus', 'node', 'identity']);

/** From where on a suspected key may have been in other hands. */
const suspicionSchema = z.object({
  since: z.union([z.object({ height: heightNumber }), z.object({ time: timeMs })]),
  reason: z.string(),
  /** Identity or proposal that said so, and at which height. */
  by: z.union([z.object({ identity: identityId }), z.object({ proposal: count })]),
  at: heightNumber,
});

const plannedKeySchema = z.object({
  key: hex32,
  kind: keyKind,
  /** Id of the validator, observer or identity. */
  owner: identityId,
  member: nodeId,
  use: z.enum(['in-use', 'pending', 'overlapping', 'unused', 'retired']),
  /** Height of its registration; absent while only its holder knows it. */
  since: z.exactOptional(heightNumber),
  /** Block time of that, milliseconds since 1970. */
  registeredAt: z.exactOptional(timeMs),
  until: z.exactOptional(heightNumber),
  suspected: z.exactOptional(suspicionSchema),
  /** The answering node holds it; where it stands on its way. */
  here: z.exactOptional(
    z.enum(['created', 'approved', 'armed', 'scheduled', 'in-use', 'overlapping', 'replaced', 'dropped']),
  ),
});
export type PlannedKeyJson = z.infer<typeof plannedKeySchema>;

const stepSchema = z.object({
  /** A validator or observer, or a member. */
  who: nodeId,
  what: z.enum([
    'ask-for-key',
    'announce-readiness',
    'attest',
    'wait-for-height',
    'replace-suspected-key',
    'renew-certificate',
  ]),
  key: z.exactOptional(hex32),
  /** Of `attest`: of whom; of `wait-for-height`: at which height it takes effect. */
  subject: z.exactOptional(nodeId),
  height: z.exactOptional(heightNumber),
  certificate: z.exactOptional(z.string()),
});
export type KeyStepJson = z.infer<typeof stepSchema>;

export const keysPlanSchema = z.object({
  node: nodeId,
  height: heightNumber,
  nowMs: timeMs,
  keys: z.array(plannedKeySchema),
  certificates: z.array(z.object({ name: z.string(), expiresAt: timeMs })),
  activation: z.exactOptional(
    z.object({
      number: count,
      status: z.enum(['approved', 'scheduled']),
      /** Block time from which it lapses unless it is armed. */
      deadline: timeMs,
      at: z.exactOptional(heightNumber),
      member: nodeId,
    }),
  ),
  /** Who acts next, and what is to be done. */
  next: z.array(stepSchema),
});
export type KeysPlanJson = z.infer<typeof keysPlanSchema>;

export const keysRotateBodySchema = z.strictObject({
  kind: z.enum(['consensus', 'node']),
  /** An unused one that is here; one is made if absent. */
  key: z.exactOptional(hex32),
  /** Ballots authorise, because the old key cannot or must not. */
  byBallots: z.exactOptional(z.boolean()),
  notBefore: z.exactOptional(heightNumber),
  deadlineMs: z.exactOptional(count),
});
export type KeysRotateBodyJson = z.infer<typeof keysRotateBodySchema>;

export const keysRotateSchema = z.object({
  key: hex32,
  /** It was asked for before, and is on its way: nothing was made or submitted. */
  underWay: z.exactOptional(
    z.object({
      stage: z.enum(['approved', 'armed', 'scheduled']),
      activation: z.exactOptional(count),
      /** First height that it signs. */
      at: z.exactOptional(heightNumber),
    }),
  ),
  /** Submitted here and signed by the old key. */
  transaction: z.exactOptional(hex32),
  /** For an admin to propose: `args` as DAG-CBOR, and readable. */
  action: z.exactOptional(z.object({ kind: actionName, args: base64Url, readable: anyJson })),
});
export type KeysRotateJson = z.infer<typeof keysRotateSchema>;

/** `age1…`: an X25519 public key as age writes it. */
const ageRecipient = z
  .string()
  .check(z.regex(/^age1[02-9ac-hj-np-z]{58}$/, 'age1 and 58 letters and digits'));

export const keysRecipientBodySchema = z.strictObject({ kind: z.enum(['consensus', 'node']) });
export type KeysRecipientBodyJson = z.infer<typeof keysRecipientBodySchema>;

/** To this a key may be encrypted that was made elsewhere: once, by the session that asked. */
export const keysRecipientSchema = z.object({
  validator: nodeId,
  kind: z.enum(['consensus', 'node']),
  recipient: ageRecipient,
  /** By the clock of the node. */
  expiresAt: timeMs,
  /** By the node key of the validator, over shared/client/key-import.ts `recipientSigningBytes`. */
  signature: base64Url,
});
export type KeysRecipientJson = z.infer<typeof keysRecipientSchema>;

export const keysImportBodySchema = z.strictObject({
  recipient: ageRecipient,
  /** An age file, binary, for that recipient alone; it holds an Ed25519 key in PKCS#8 PEM. */
  sealed: base64Url.check(z.minLength(1), z.maxLength(4096)),
  /** By the key of the session's identity, over shared/client/key-import.ts `handOverSigningBytes`. */
  signature: base64Url,
});
export type KeysImportBodyJson = z.infer<typeof keysImportBodySchema>;

/** The node holds the key as if it had made it, and proves that with it. */
export const keysImportSchema = z.object({
  key: hex32,
  kind: z.enum(['consensus', 'node']),
  owner: nodeId,
  member: nodeId,
  /** By the new key, over the claim of key, kind, owner and member. */
  possession: base64Url,
});
export type KeysImportJson = z.infer<typeof keysImportSchema>;

export const keySignedParamsSchema = z.object({ publicKey: hex32 });
export const keySignedQuerySchema = z.strictObject({
  /** A height, or a time as RFC 3339; the suspicion's, or the key's registration, if absent. */
  since: z.exactOptional(
    z
      .string()
      .check(
        z.regex(
          /^([0-9]{1,15}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z)$/,
          'a height, or 2026-01-31T12:00:00Z',
        ),
      ),
  ),
  cursor: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(512))),
});
const signedRowSchema = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('block'),
    height: heightNumber,
    time: timeMs,
    block: hex32,
    /** Its seal stands in the certificate that this node holds. */
    sealed: z.boolean(),
    proposed: z.boolean(),
  }),
  z.object({
    what: z.literal('transaction'),
    height: heightNumber,
    time: timeMs,
    transaction: hex32,
    action: actionName,
    status: z.enum(['succeeded', 'failed']),
  }),
]);
export const keySignedSchema = z.object({
  key: hex32,
  kind: keyKind,
  owner: identityId,
  /** First height that is looked at. */
  from: heightNumber,
  /** Ascending by height; a page may be empty and have a next one. */
  rows: z.array(signedRowSchema),
  next: z.exactOptional(z.string()),
});
export type KeySignedJson = z.infer<typeof keySignedSchema>;
