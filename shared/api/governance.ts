/**
 * Who belongs to the consortium, what its members decide together, and changes of the epoch on their way. All of it is
 * read from state at the highest certified block; plans are made on what is executed, since they look ahead.
 */
import * as z from 'zod/mini';
import { actionKinds, thresholdPartsMax } from '../types/governance.ts';
import { genesisValidatorSchema, identitySchema, parametersSchema } from './blocks.ts';
import {
  count,
  factsJson,
  heightNumber,
  hex32,
  identityId,
  nodeId,
  nonceHex,
  pageOf,
  timeMs,
} from './scalars.ts';

const kindSchema = z.enum(actionKinds);
const numberText = z.string().check(z.regex(/^(0|[1-9][0-9]{0,14})$/, 'a whole number, such as 3'));
export const numberParamsSchema = z.strictObject({ number: numberText });
const pageShape = {
  cursor: z.exactOptional(z.string().check(z.minLength(1), z.maxLength(128))),
  limit: z.exactOptional(z.int().check(z.minimum(1), z.maximum(1000))),
};

/** Validators of a set, how many of them may be faulty, how many make a quorum. */
const figuresSchema = z.object({ n: count, f: count, q: count });

export const membersSchema = z.object({
  height: heightNumber,
  members: z.array(
    z.object({
      id: nodeId,
      name: z.string(),
      status: z.enum(['active', 'suspended', 'removed']),
      admins: z.array(identityId),
      /** How many it ever had. */
      identities: count,
      /** Of the present epoch. */
      validators: z.array(nodeId),
      observers: z.array(nodeId),
    }),
  ),
});
export type MembersJson = z.infer<typeof membersSchema>;
export type MemberJson = MembersJson['members'][number];

const statusSchema = z.enum(['active', 'revoked', 'member-suspended', 'member-removed']);
const identityRowSchema = z.object({
  ...identitySchema.shape,
  memberName: z.string(),
  status: statusSchema,
});
export const identitiesQuerySchema = z.strictObject({ member: z.exactOptional(nodeId), ...pageShape });
export const identitiesSchema = z.object({
  height: heightNumber,
  identities: z.array(identityRowSchema),
  next: z.exactOptional(z.string()),
});
export type IdentitiesJson = z.infer<typeof identitiesSchema>;
export type IdentityRowJson = z.infer<typeof identityRowSchema>;

const suspicionSchema = z.object({
  since: z.union([z.object({ height: heightNumber }), z.object({ time: timeMs })]),
  reason: z.string(),
  by: z.union([z.object({ identity: identityId }), z.object({ proposal: count })]),
  /** Height at which it was said. */
  at: heightNumber,
});
const registeredKeySchema = z.object({
  key: hex32,
  /** Heights; `until` of one that was replaced or whose owner has ended. */
  since: heightNumber,
  until: z.exactOptional(heightNumber),
  suspected: z.exactOptional(suspicionSchema),
});
export type RegisteredKeyJson = z.infer<typeof registeredKeySchema>;
export const identityParamsSchema = z.strictObject({ id: identityId });
/** `keys`: all that it ever had, the first one first. */
export const identityDetailSchema = z.object({
  ...identityRowSchema.shape,
  height: heightNumber,
  keys: z.array(registeredKeySchema),
});
export type IdentityDetailJson = z.infer<typeof identityDetailSchema>;

/** More than the first of so many equal parts of the members that are counted; `needed`: how many these are now. */
const shareSchema = z.object({
  more: z.tuple([count, z.int().check(z.minimum(1), z.maximum(thresholdPartsMax))]),
  needed: count,
});
export const thresholdsSchema = z.object({
  height: heightNumber,
  /** So many are counted: the active ones, and from protocol 3 on those that are suspended, too. */
  members: count,
  thresholds: z.array(
    z.object({
      kind: kindSchema,
      ...shareSchema.shape,
      /** It changes who has a ballot, or who seals, and needs what that one does (from protocol 3 on). */
      follows: z.exactOptional(z.literal('thresholds.set')),
    }),
  ),
  /** It asks the active members alone. */
  recovery: z.object({ ...shareSchema.shape, members: count }),
});
export type ThresholdsJson = z.infer<typeof thresholdsSchema>;

/** Keys, incarnations and digests in hex, proofs of possession in base64url (governed-args.ts). */
const actionSchema = z.strictObject({ kind: kindSchema, args: z.record(z.string(), z.unknown()) });
export type GovernedActionJson = z.infer<typeof actionSchema>;
const decodedActionSchema = z.object({
  ...actionSchema.shape,
  /** What it is about, such as `validator delta`. */
  subject: z.string(),
  /** What that is now, or was when the action before it is done; absent if there is no such thing. */
  before: z.exactOptional(factsJson),
  /** What it would be; absent if it would be gone, and of an action that is not carried out. */
  after: z.exactOptional(factsJson),
});
export type DecodedActionJson = z.infer<typeof decodedActionSchema>;

/** Which action cannot be carried out, why, and what to do. */
const refusalSchema = z.object({
  index: count,
  kind: z.string(),
  code: z.string(),
  facts: factsJson,
  headline: z.string(),
  next: z.string(),
});
export type PlanRefusalJson = z.infer<typeof refusalSchema>;

/** What the actions would do, all of them or none, if the deciding ballot came in the next block. */
const planSchema = z.object({
  /** Executed block whose state it was made on. */
  height: heightNumber,
  ok: z.boolean(),
  /** Also true of what only a scheduled rotation keeps from being carried out: members may decide it meanwhile. */
  mayBeProposed: z.boolean(),
  refusal: z.exactOptional(refusalSchema),
  actions: z.array(decodedActionSchema),
  /** Ballots that it takes, of so many members that are counted. */
  needed: count,
  members: count,
  before: figuresSchema,
  after: figuresSchema,
  /** Validators that this node reaches now, itself included: `after.q` of them are needed. */
  reachable: count,
});
export type PlanJson = z.infer<typeof planSchema>;
export const dryRunBodySchema = z.strictObject({
  actions: z.array(actionSchema).check(z.minLength(1), z.maxLength(16)),
});
export const dryRunSchema = planSchema;

const ballotSchema = z.object({
  member: nodeId,
  approve: z.boolean(),
  identity: identityId,
  height: heightNumber,
  /** Of a proposal that waits: whether it counts as things are now, and not only when it was cast. */
  counts: z.exactOptional(z.boolean()),
});
const proposalShape = {
  number: count,
  proposer: identityId,
  member: nodeId,
  reason: z.string(),
  kinds: z.array(kindSchema),
  createdAt: timeMs,
  expiresAt: timeMs,
  basis: z.object({ epoch: count, pending: z.exactOptional(count) }),
  status: z.enum(['open', 'accepted', 'executed', 'withdrawn', 'expired']),
  ballots: z.array(ballotSchema),
  /** Those that count while it waits; all that were cast when it is over. */
  approvals: count,
  /** While it waits: how many approvals it takes, and which active members have not voted. */
  needed: z.exactOptional(count),
  missing: z.exactOptional(z.array(nodeId)),
  /** Of an accepted one: why it was not carried out when that was last tried by a ballot. */
  refusal: z.exactOptional(refusalSchema),
  end: z.exactOptional(
    z.object({
      height: heightNumber,
      time: timeMs,
      by: identityId,
      activation: z.exactOptional(count),
    }),
  ),
};
const proposalRowSchema = z.object(proposalShape);
export type ProposalRowJson = z.infer<typeof proposalRowSchema>;
/** `waiting`: open or accepted, and not expired. */
export const proposalsQuerySchema = z.strictObject({
  status: z.exactOptional(z.enum(['waiting'])),
  ...pageShape,
});
export const proposalsSchema = z.object({ height: heightNumber, ...pageOf(proposalRowSchema).shape });
export type ProposalsJson = z.infer<typeof proposalsSchema>;
/** `plan`: of one that waits, made now; `actions` have before and after there. */
export const proposalSchema = z.object({
  ...proposalShape,
  height: heightNumber,
  actions: z.array(decodedActionSchema),
  plan: z.exactOptional(planSchema),
});
export type ProposalJson = z.infer<typeof proposalSchema>;

const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('add'), validator: genesisValidatorSchema }),
  z.object({ kind: z.literal('remove'), id: nodeId }),
  z.object({ kind: z.literal('consensus-key'), id: nodeId, key: hex32 }),
  z.object({ kind: z.literal('incarnation'), id: nodeId, incarnation: nonceHex }),
  z.object({ kind: z.literal('parameters'), set: z.partial(parametersSchema) }),
  z.object({ kind: z.literal('protocol'), version: count }),
]);
export type ChangeJson = z.infer<typeof changeSchema>;

const readinessSchema = z.object({
  validator: nodeId,
  /** What it said of itself; absent while it has not. */
  ready: z.exactOptional(
    z.object({
      key: hex32,
      incarnation: nonceHex,
      height: heightNumber,
      block: hex32,
      protocol: count,
      times: count,
    }),
  ),
  attestedBy: z.array(nodeId),
  /** So many attestations it takes; 0 if none is asked for. */
  attestationsNeeded: count,
});
const activationShape = {
  number: count,
  status: z.enum(['approved', 'scheduled', 'active', 'lapsed', 'withdrawn']),
  changes: z.array(changeSchema),
  cause: z.union([z.object({ proposal: count }), z.object({ validator: nodeId })]),
  /** Its admins may withdraw it. */
  member: nodeId,
  approvedAt: heightNumber,
  /** Block time from which it lapses unless it is armed. */
  deadline: timeMs,
  notBefore: heightNumber,
  armedAt: z.exactOptional(heightNumber),
  /** First height of the next epoch. */
  at: z.exactOptional(heightNumber),
  end: z.exactOptional(
    z.object({
      height: heightNumber,
      time: timeMs,
      reason: z.string(),
      by: z.exactOptional(z.string()),
      proposal: z.exactOptional(count),
    }),
  ),
};
const activationRowSchema = z.object(activationShape);
export type ActivationRowJson = z.infer<typeof activationRowSchema>;
export const activationsQuerySchema = z.strictObject(pageShape);
export const activationsSchema = z.object({
  height: heightNumber,
  /** Number of the one that is approved or scheduled. */
  pending: z.exactOptional(count),
  ...pageOf(activationRowSchema).shape,
});
export type ActivationsJson = z.infer<typeof activationsSchema>;
export const activationSchema = z.object({
  ...activationShape,
  height: heightNumber,
  /** While it is pending: the set before and after, what it waits for, blocks until the first of the next epoch. */
  before: z.exactOptional(figuresSchema),
  after: z.exactOptional(figuresSchema),
  waitsFor: z.exactOptional(z.array(readinessSchema)),
  /** Of a new protocol version: how many validators must have said that they know it. */
  readyNeeded: z.exactOptional(count),
  blocksLeft: z.exactOptional(count),
});
export type ActivationJson = z.infer<typeof activationSchema>;
