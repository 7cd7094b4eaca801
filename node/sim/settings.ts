/** The universe of one seed: how hostile its network, disks and operators are. Every seed draws its own. */
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { defaultParameters } from '../../shared/types/parameters.ts';
import type { RuntimeTuning } from '../runtime/tuning.ts';
import type { Prng } from './prng.ts';

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
  readonly downMaxMs: number;
  readonly partitionEveryMs: number;
  readonly partitionMaxMs: number;
  /** Replicas see a partition as closed links, or only as silence. */
  readonly partitionClosesLinks: boolean;
  readonly submitEveryMs: number;
  readonly resubmission: number;
  /** Some transactions live so shortly. */
  readonly lifeMinMs: number;
  readonly clockSkewMaxMs: number;
  /** All clocks are ahead of virtual time by this, and tick in steps of so many milliseconds. */
  readonly clockAheadMs: number;
  readonly clockGrainMs: number;
}

export function drawSettings(prng: Prng): Settings {
  const calm = prng.chance(0.1);
  return {
    parameters: drawParameters(prng),
    tuning: { fetchTimeoutMs: 60, statusMs: 400, handOverMs: 150, blocksPerChunk: 4, putAsideMs: 500 },
    loss: calm || prng.chance(0.3) ? 0 : prng.between(0, 0.25),
    duplication: prng.chance(0.5) ? 0 : prng.between(0, 0.2),
    delayMinMs: prng.between(0.1, 2),
    delayMaxMs: prng.between(3, 30),
    stragglers: prng.chance(0.5) ? 0 : prng.between(0, 0.1),
    stragglerMs: prng.between(50, 600),
    fsyncMaxMs: prng.between(0.5, 12),
    cryptoIsSlow: prng.chance(0.3),
    crashEveryMs: calm || prng.chance(0.2) ? Number.POSITIVE_INFINITY : prng.between(60, 800),
    powerFailure: prng.chance(0.5) ? 0 : prng.between(0, 0.3),
    crashAtPersist: prng.between(0.3, 1),
    downMaxMs: prng.between(20, 1_000),
    partitionEveryMs: calm || prng.chance(0.4) ? Number.POSITIVE_INFINITY : prng.between(80, 1_000),
    partitionMaxMs: prng.between(50, 1_000),
    partitionClosesLinks: prng.chance(0.5),
    submitEveryMs: prng.between(10, 80),
    resubmission: prng.between(0, 0.5),
    lifeMinMs: prng.chance(0.3) ? 100 : 5_000,
    clockSkewMaxMs: prng.chance(0.5) ? 0 : 200,
    clockAheadMs: 0,
    clockGrainMs: 1,
  };
}

/** Short deadlines: what takes minutes in production happens within a few thousand steps. */
function drawParameters(prng: Prng): NetworkParameters {
  return {
    ...defaultParameters,
    window: prng.pick([4, 8, 16]),
    batchLimit: prng.pick([2, 8, 32]),
    lifetimeMs: 60_000,
    heartbeatMs: 120,
    primarySilenceMs: prng.pick([250, 400]),
    viewTimeoutMs: prng.pick([150, 300]),
    viewTimeoutMaxMs: 4_000,
    waitingTimeoutMs: prng.pick([300, 600]),
    waitingPerPeer: prng.pick([2, 8]),
  };
}
