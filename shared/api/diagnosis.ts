/**
 * A node's own explanation: whether the network commits, and if not why, from what this node knows. Reported,
 * not proven. The causes are a closed union; docs/operations/diagnosis.md tells what to do about each.
 */
import * as z from 'zod/mini';
import { count, heightNumber, hex32, nodeId, timeMs } from './scalars.ts';

const ms = z.number();
const silentMs = z.exactOptional(ms);

/** `stall`: nothing commits because of it. `impair`: it commits, with less to spare. `notice`: somebody should know. */
const severitySchema = z.enum(['stall', 'impair', 'notice']);

const causeOf = <Code extends string, Shape extends z.core.$ZodLooseShape>(code: Code, facts: Shape) =>
  z.object({
    code: z.literal(code),
    severity: severitySchema,
    /** One sentence for people. */
    sentence: z.string(),
    /** What to do. */
    next: z.string(),
    /** Validators whose operators have to act; empty if it mends itself or everyone's operator is meant. */
    act: z.array(nodeId),
    facts: z.object(facts),
  });

const missingSchema = z.object({ validator: nodeId, reason: z.string(), silentMs });

export const causeSchema = z.discriminatedUnion('code', [
  /** Two gateways serve different certified blocks at one height: more than f validators lied. */
  causeOf('ledgers-differ', {
    height: heightNumber,
    blocks: z.array(z.object({ block: hex32, validators: z.array(nodeId) })),
  }),
  /** Rule X4: no quorum of equal seals is possible at this height. */
  causeOf('split-execution', {
    height: heightNumber,
    validators: z.array(nodeId),
    keys: z.array(z.string()),
  }),
  /** Rule X4: this validator derived another block than the certified one. `keys`: state keys that differ, if known. */
  causeOf('state-divergence', {
    validator: nodeId,
    height: heightNumber,
    block: z.exactOptional(z.string()),
    certified: z.exactOptional(z.string()),
    keys: z.array(z.string()),
  }),
  causeOf('quorum-unreachable', { reachable: count, needed: count, missing: z.array(missingSchema) }),
  /** A quorum can be reached, and too few of it vote: `notVoting` start, observe, or have no signer. */
  causeOf('quorum-not-voting', {
    voting: count,
    needed: count,
    missing: z.array(missingSchema),
    notVoting: z.array(nodeId),
  }),
  /** Peers show a recovery (docs/recovery.md) that this node's operator has not accepted; nothing of it is verified. */
  causeOf('recovery-not-accepted', {
    validator: nodeId,
    recovery: hex32,
    epoch: count,
    height: heightNumber,
    from: z.array(nodeId),
  }),
  causeOf('disk-full', {
    validator: nodeId,
    path: z.string(),
    freeBytes: z.exactOptional(count),
    totalBytes: z.exactOptional(count),
  }),
  /** A disk that fails, is read-only, or holds damaged data. `reason` is the code of the storage error. */
  causeOf('disk-failed', { validator: nodeId, reason: z.string(), file: z.exactOptional(z.string()) }),
  /** Stored blocks that do not match their digests, the lowest of them, and how many were replaced from peers. */
  causeOf('data-damaged', {
    validator: nodeId,
    height: z.exactOptional(heightNumber),
    damaged: count,
    repaired: count,
  }),
  /** Payloads that the ledger names and this node does not have: so many, one of them by its digest. */
  causeOf('payloads-missing', { validator: nodeId, missing: count, digest: hex32 }),
  causeOf('clock-off', { validator: nodeId, offsetMs: ms, driftMs: ms }),
  causeOf('disk-slow', { validator: nodeId, medianMs: ms, p99Ms: ms, commits: count }),
  /** Its consensus key is held by another process, which does not answer. */
  causeOf('signer-unreachable', { validator: nodeId, reason: z.string(), forMs: ms }),
  causeOf('primary-silent', {
    validator: nodeId,
    view: count,
    silentMs,
    /** The view that took over, once it is open. */
    replacedIn: z.exactOptional(count),
  }),
  /** Suspected for another reason than silence (rule V1). */
  causeOf('primary-suspected', {
    validator: nodeId,
    view: count,
    reason: z.string(),
    replacedIn: z.exactOptional(count),
  }),
  causeOf('views-diverging', { views: z.array(z.object({ validator: nodeId, view: count })) }),
  causeOf('view-change-open', {
    from: count,
    to: count,
    primary: nodeId,
    asking: z.array(nodeId),
    missing: z.array(nodeId),
    needed: count,
  }),
  causeOf('votes-missing', {
    sequence: heightNumber,
    message: z.enum(['pre-prepare', 'prepare', 'commit', 'seal']),
    missing: z.array(nodeId),
  }),
  causeOf('validator-unreachable', { validator: nodeId, reason: z.string(), silentMs }),
  /** It answers, and signs no heartbeat of this epoch, as whoever votes does (rule F3). */
  causeOf('validator-not-voting', { validator: nodeId, heartbeatMs: ms }),
  causeOf('validator-behind', { validator: nodeId, height: heightNumber, blocks: count }),
  /** Its process ended, as its own last words say. */
  causeOf('validator-stopped', { validator: nodeId, reason: z.string(), at: timeMs }),
  causeOf('node-starting', { validator: nodeId, reason: z.string(), target: z.exactOptional(heightNumber) }),
  /** Its vote store was lost or restored (rule D3): it observes until an activation registers the new one, at `votesFrom`. */
  causeOf('votes-lost', {
    validator: nodeId,
    incarnation: z.exactOptional(z.string()),
    votesFrom: z.exactOptional(heightNumber),
  }),
  causeOf('node-overloaded', { validator: nodeId, loopDelayMs: ms }),
  /** What a peer sent against a rule, lately. */
  causeOf('peer-misbehaved', { validator: nodeId, rule: z.string(), count, reason: z.string() }),
  causeOf('certificate-expiring', {
    validator: nodeId,
    name: z.string(),
    expiresAt: timeMs,
    daysLeft: z.int(),
  }),
  /** The doctor could not ask this gateway. */
  causeOf('gateway-unreachable', { validator: nodeId, gateway: z.string(), reason: z.string() }),
]);
export type CauseJson = z.infer<typeof causeSchema>;
export type CauseCode = CauseJson['code'];

/** `other`: here, but over another batch or block. `not-due`: nothing is wrong if it is not here. */
const heldSchema = z.enum(['held', 'missing', 'other', 'not-due']);

const ballotSchema = z.object({
  validator: nodeId,
  prePrepare: heldSchema,
  prepare: heldSchema,
  commit: heldSchema,
  seal: heldSchema,
  /** Highest view above ours that it asked for. */
  viewChange: z.exactOptional(count),
});

/** Whose message the network waits for now. */
const awaitedSchema = z.object({
  message: z.enum(['pre-prepare', 'prepare', 'commit', 'seal', 'view-change', 'new-view']),
  from: z.array(nodeId),
});

/** `height`: one of the last few whose changes `disputed` shall hold. */
export const diagnosisQuerySchema = z.strictObject({ height: z.exactOptional(heightNumber) });

export const diagnosisSchema = z.object({
  node: nodeId,
  nowMs: timeMs,
  /** Does the network commit, as far as this node can tell? */
  commits: z.boolean(),
  /** Nothing for anyone to do but notices. */
  healthy: z.boolean(),
  /** The verdict in one sentence. */
  sentence: z.string(),
  /** The next step; absent if there is none. */
  next: z.exactOptional(z.string()),
  act: z.array(nodeId),
  /** Most important first. */
  causes: z.array(causeSchema),
  height: heightNumber,
  view: count,
  primary: nodeId,
  /** `voting`: those of the reachable that vote; absent where that cannot be known, such as at a follower. */
  quorum: z.object({ n: count, f: count, q: count, reachable: count, voting: z.exactOptional(count) }),
  /** Whether this node votes; absent in answers of an older version. */
  votes: z.exactOptional(z.boolean()),
  /** Since this node saw a block become certified; absent if none did since it started. */
  sinceCertifiedMs: z.exactOptional(ms),
  waiting: z.object({ transactions: count, sinceMs: z.exactOptional(ms) }),
  /** The next height to be certified, and whose messages are here. */
  current: z.object({
    sequence: heightNumber,
    phase: z.enum(['none', 'pre-prepared', 'prepared', 'ordered', 'executed']),
    ageMs: z.exactOptional(ms),
    ballots: z.array(ballotSchema),
    awaited: z.exactOptional(awaitedSchema),
  }),
  /** Of this node's own machine. */
  host: z.object({
    loopDelayMs: z.exactOptional(ms),
    commit: z.exactOptional(z.object({ commits: count, medianMs: ms, p99Ms: ms })),
    disk: z.exactOptional(z.object({ path: z.string(), freeBytes: count, totalBytes: count })),
  }),
  /**
   * For blocks over which validators disagreed: digests of what changed, so that two nodes' answers tell which
   * state keys differ. `end` has them for a node that stopped.
   */
  disputed: z.array(
    z.object({ height: heightNumber, block: z.string(), changes: z.record(z.string(), z.string()) }),
  ),
});
export type DiagnosisJson = z.infer<typeof diagnosisSchema>;
