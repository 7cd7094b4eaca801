/** The universe of one seed: how hostile its network, disks, clocks and operators are. Every seed draws its own. */
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import type { RuntimeTuning } from '../runtime/tuning.ts';
import type { Prng } from './prng.ts';
import type { WishKind } from './wishes.ts';

export interface Settings {
  readonly parameters: NetworkParameters;
  readonly tuning: Partial<RuntimeTuning>;
  /** Share of frames that are lost, doubled. */
  readonly loss: number;
  readonly duplication: number;
  readonly delayMinMs: number;
  readonly delayMaxMs: number;
  /** Some frames take this much longer, so that others overtake them. */
  readonly stragglers: number;
  readonly stragglerMs: number;
  readonly fsyncMaxMs: number;
  /** Signing and verifying answer within the call, or later. */
  readonly cryptoIsSlow: boolean;
  /** Mean time between crashes of any replica; Infinity: none. */
  readonly crashEveryMs: number;
  /** Share of crashes that take all replicas at once. */
  readonly powerFailure: number;
  /** Share of crashes that strike at a persist point. */
  readonly crashAtPersist: number;
  /** Share of crashes after which nothing is left that was not confirmed. */
  readonly unsyncedLost: number;
  /** A crash may leave the first part of a list of records. */
  readonly tornWrites: boolean;
  readonly downMaxMs: number;
  readonly partitionEveryMs: number;
  readonly partitionMaxMs: number;
  /** Replicas see a partition as closed links, or only as silence. */
  readonly partitionClosesLinks: boolean;
  /** Share of partitions that cut single directions, each link by itself. */
  readonly oneWay: number;
  /** Mean time between disks that are full, slow, or hold a damaged block. */
  readonly diskFaultEveryMs: number;
  readonly diskFaultMaxMs: number;
  readonly submitEveryMs: number;
  /** Transactions in one submission at most. */
  readonly submitMax: number;
  /** Transactions without a receipt that clients keep open at most. */
  readonly openMax: number;
  readonly resubmission: number;
  /** Some transactions live so shortly. */
  readonly lifeMinMs: number;
  readonly clockSkewMaxMs: number;
  /** All clocks are ahead of virtual time by this, and tick in steps of so many milliseconds. */
  readonly clockAheadMs: number;
  readonly clockGrainMs: number;
  /** Clocks run faster or slower by up to this share. */
  readonly clockRateMax: number;
  /** Mean time between steps of a wall clock, and how far it steps. */
  readonly clockStepEveryMs: number;
  readonly clockStepMaxMs: number;
  /** Share of seeds in which up to f replicas are faulty for good, beyond crashes: liars, twins, lost disks. */
  readonly faultyShare: number;
  /** Mean time between wishes of the members to change the epoch; Infinity: there are no members with a wish. */
  readonly activationEveryMs: number;
  /** What they wish for; undefined: all kinds. */
  readonly wishes?: readonly WishKind[];
  /** Seats beyond the first set, which observe until they join. */
  readonly spares: number;
  /** Mean time between looks of a client that replaces its key again and again; Infinity: there is none. */
  readonly keyChangeEveryMs: number;
  /** Share of what clients append that has a payload; the members erase some of them. */
  readonly payloadShare: number;
}

export const never = Number.POSITIVE_INFINITY;

export function drawSettings(prng: Prng): Settings {
  const calm = prng.chance(0.1);
  const fault = (share: number, minMs: number, maxMs: number): number =>
    calm || !prng.chance(share) ? never : prng.between(minMs, maxMs);
  return {
    parameters: drawParameters(prng),
    tuning: drawTuning(prng),
    loss: calm || prng.chance(0.3) ? 0 : prng.between(0, 0.2),
    duplication: prng.chance(0.5) ? 0 : prng.between(0, 0.2),
    delayMinMs: prng.between(0.1, 2),
    delayMaxMs: prng.between(3, 30),
    stragglers: prng.chance(0.5) ? 0 : prng.between(0, 0.1),
    stragglerMs: prng.between(50, 600),
    fsyncMaxMs: prng.between(1, 30),
    cryptoIsSlow: prng.chance(0.2),
    crashEveryMs: fault(0.8, 40, 400),
    powerFailure: prng.chance(0.5) ? 0 : prng.between(0, 0.3),
    crashAtPersist: prng.between(0.3, 1),
    unsyncedLost: prng.between(0, 0.6),
    tornWrites: prng.chance(0.5),
    downMaxMs: prng.between(20, 1_000),
    partitionEveryMs: fault(0.7, 60, 600),
    partitionMaxMs: prng.between(50, 1_000),
    partitionClosesLinks: prng.chance(0.5),
    oneWay: prng.chance(0.5) ? 0 : prng.between(0.2, 1),
    diskFaultEveryMs: fault(0.3, 150, 1_500),
    diskFaultMaxMs: prng.between(50, 800),
    submitEveryMs: prng.between(10, 60),
    submitMax: prng.pick([4, 8, 16]),
    openMax: prng.pick([16, 40]),
    resubmission: prng.between(0, 0.3),
    lifeMinMs: prng.chance(0.3) ? 100 : 5_000,
    clockSkewMaxMs: prng.chance(0.5) ? 0 : 200,
    clockAheadMs: 0,
    clockGrainMs: 1,
    clockRateMax: prng.chance(0.5) ? 0 : 0.03,
    clockStepEveryMs: fault(0.3, 200, 2_000),
    clockStepMaxMs: prng.pick([300, 3_000]),
    faultyShare: 0.5,
    activationEveryMs: never,
    spares: 0,
    keyChangeEveryMs: never,
    payloadShare: 0,
  };
}

/** Short deadlines: what takes minutes in production happens within a few thousand steps. */
function drawParameters(prng: Prng): NetworkParameters {
  return {
    ...defaultParameters,
    window: prng.pick([4, 8, 16]),
    batchLimit: prng.pick([1, 2, 8]),
    lifetimeMs: 60_000,
    heartbeatMs: 100,
    primarySilenceMs: prng.pick([150, 250]),
    viewTimeoutMs: prng.pick([100, 250]),
    viewTimeoutMaxMs: 4_000,
    waitingTimeoutMs: prng.pick([200, 400]),
    waitingPerPeer: prng.pick([2, 8]),
  };
}

/** Many batches in flight at once, or one after the other. */
function drawTuning(prng: Prng): Partial<RuntimeTuning> {
  return {
    fetchTimeoutMs: 60,
    statusMs: 400,
    handOverMs: 150,
    blocksPerChunk: 4,
    putAsideMs: 500,
    pipelineDepth: prng.pick([4, 16, 16]),
    batchDelayMs: prng.pick([0, 5, 30]),
    batchEnough: prng.pick([1, 2, 8]),
  };
}
