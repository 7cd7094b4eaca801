/** What a node says about itself, its peers and the consortium: reported, not proven. */
import * as z from 'zod/mini';
import { genesisValidatorSchema } from './blocks.ts';
import { evidenceKindSchema } from './evidence.ts';
import { count, heightNumber, hex32, nodeId, timeMs } from './scalars.ts';

const modeSchema = z.enum(['starting', 'voting', 'observing', 'halted']);

/**
 * What the ledger says that a node is: of the set of this epoch, registered as an observer, a validator of an earlier
 * epoch, or none of these yet.
 */
const standingSchema = z.enum(['validator', 'observer', 'former', 'unregistered']);
export type NodeStanding = z.infer<typeof standingSchema>;

/** Consensus as this node sees it now: which phase each slot is in and whose vote is missing. */
export const consensusSchema = z.object({
  mode: modeSchema,
  epoch: count,
  view: count,
  primary: nodeId,
  /** The view that was asked for, while it is not entered. */
  changingTo: z.exactOptional(count),
  certified: heightNumber,
  executed: heightNumber,
  slots: z.array(
    z.object({
      sequence: heightNumber,
      view: count,
      content: hex32,
      phase: z.enum(['pre-prepared', 'prepared', 'committed', 'executed', 'sealed']),
      prepares: z.array(nodeId),
      commits: z.array(nodeId),
      seals: z.array(nodeId),
    }),
  ),
  viewChanges: z.array(z.object({ validator: nodeId, view: count })),
});
export type ConsensusJson = z.infer<typeof consensusSchema>;

export const statusSchema = z.object({
  product: z.literal('concordat'),
  version: z.string(),
  network: hex32,
  networkName: z.string(),
  /** Id of this node. */
  node: nodeId,
  /** Absent in answers of an older version, as are the other optional fields that say nothing else. */
  standing: z.exactOptional(standingSchema),
  mode: modeSchema,
  epoch: count,
  view: count,
  primary: nodeId,
  changingTo: z.exactOptional(count),
  /** Highest block that this node serves; `block`, `stateRoot` and `time` are of this block. */
  height: heightNumber,
  block: hex32,
  stateRoot: hex32,
  time: timeMs,
  /** Highest certified height that this node knows; at or a little above `height`. */
  certifiedHeight: heightNumber,
  executedHeight: heightNumber,
  /** Version of the execution rules in force, and the highest that this node's software knows; absent: it is older. */
  protocol: z.exactOptional(z.object({ inForce: count, newest: count })),
  quorum: z.object({
    n: count,
    f: count,
    q: count,
    /** Validators heard from lately, this node included if it is one. */
    reachable: count,
    /** Those of them that vote, which is what commits; absent where it cannot be known, such as at a follower. */
    voting: z.exactOptional(count),
  }),
  pool: z.object({
    transactions: count,
    transactionsMax: count,
    bytes: count,
    bytesMax: count,
  }),
  /** Bytes beside the ledger: what is here, and what the ledger names and this node is still to fetch. */
  payloads: z.exactOptional(z.object({ count, bytes: count, missing: count })),
  /** Over the blocks of the last minute. */
  rate: z.object({ windowMs: count, transactionsPerSecond: z.number(), blocksPerSecond: z.number() }),
  /** This node's clock. */
  nowMs: timeMs,
  startedAtMs: timeMs,
  /** Is this node ready to accept transactions; why not. */
  ready: z.boolean(),
  notReadyReason: z.exactOptional(z.string()),
});
export type StatusJson = z.infer<typeof statusSchema>;

export const validatorsSchema = z.object({
  epoch: count,
  view: count,
  n: count,
  f: count,
  q: count,
  primary: nodeId,
  validators: z.array(
    z.object({
      ...genesisValidatorSchema.shape,
      memberName: z.string(),
      /** Kinds of evidence recorded against it in this epoch (rule W1); it votes all the same. */
      evidence: z.array(evidenceKindSchema),
    }),
  ),
  /** Nodes that follow and serve and do not vote, as the ledger registers them. */
  observers: z.exactOptional(
    z.array(
      z.object({
        id: nodeId,
        member: nodeId,
        memberName: z.string(),
        nodeKey: hex32,
        address: z.exactOptional(z.string()),
        gateway: z.exactOptional(z.string()),
      }),
    ),
  ),
});
export type ValidatorsJson = z.infer<typeof validatorsSchema>;

/** One row of the who-sees-whom matrix: what this node measured of a peer. Ask every gateway for the whole. */
const peerSchema = z.object({
  validator: nodeId,
  connected: z.boolean(),
  /** Age of the last message; absent if there was none. */
  lastMessageAgeMs: z.exactOptional(count),
  roundTripMs: z.exactOptional(z.number()),
  /** The peer's clock minus ours. */
  clockOffsetMs: z.exactOptional(z.number()),
  /** Bytes over the link since it opened, before TLS. */
  bytesSent: z.exactOptional(count),
  bytesReceived: z.exactOptional(count),
  epoch: z.exactOptional(count),
  view: z.exactOptional(count),
  height: z.exactOptional(heightNumber),
  executed: z.exactOptional(heightNumber),
  version: z.exactOptional(z.string()),
});
export type PeerJson = z.infer<typeof peerSchema>;
export const peersSchema = z.object({ node: nodeId, nowMs: timeMs, peers: z.array(peerSchema) });
export type PeersJson = z.infer<typeof peersSchema>;

const seenSchema = z.object({
  /** Id of the node. */
  validator: nodeId,
  member: nodeId,
  /** Empty if it has none. */
  gateway: z.string(),
  isSelf: z.boolean(),
  isPrimary: z.boolean(),
  view: z.exactOptional(count),
  height: z.exactOptional(heightNumber),
  /** Blocks behind the highest height seen. */
  lag: z.exactOptional(count),
  seen: z.exactOptional(peerSchema),
});

/** The matrix as far as this node can tell: its own row measured, the columns from what peers report. */
export const matrixSchema = z.object({
  node: nodeId,
  nowMs: timeMs,
  /** Validators of the epoch. */
  rows: z.array(seenSchema),
  /** Observers, and former validators that are linked: they take no part in agreement and count towards no quorum. */
  followers: z.array(z.object({ ...seenSchema.shape, standing: standingSchema })),
});
export type MatrixJson = z.infer<typeof matrixSchema>;
