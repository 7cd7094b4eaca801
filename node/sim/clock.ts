/** The clocks of one replica: both run a little too fast or too slow, the wall clock also steps. */
import { startWallMs } from './founding.ts';
import type { World } from './world.ts';

export interface ReplicaClock {
  monotonicMs(): number;
  wallMs(): number;
  /** How long by virtual time until this clock says that so much has passed. */
  virtualMs(delayMs: number): number;
  /** Forwards or backwards; steps do not add up. */
  stepBy(offsetMs: number): void;
  /** Somebody sets it right: no step remains, the rate does. */
  correct(): void;
}

export function createReplicaClock({ queue, prng, settings }: World): ReplicaClock {
  const skewMs = prng.between(-settings.clockSkewMaxMs, settings.clockSkewMaxMs);
  const rate = 1 + prng.between(-settings.clockRateMax, settings.clockRateMax);
  let steppedMs = 0;
  const ticked = (wallMs: number): number =>
    Math.floor(wallMs / settings.clockGrainMs) * settings.clockGrainMs;
  return {
    monotonicMs: () => rate * queue.nowMs(),
    wallMs: () => ticked(startWallMs + skewMs + settings.clockAheadMs + steppedMs + rate * queue.nowMs()),
    virtualMs: (delayMs) => delayMs / rate,
    stepBy: (offsetMs) => {
      steppedMs = offsetMs;
    },
    correct: () => {
      steppedMs = 0;
    },
  };
}
