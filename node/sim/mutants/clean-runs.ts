/** The clean core in the same universes: a bug counts as caught only where it holds. Each seed is run once. */
import { type HuntResult, hunt } from './hunt.ts';
import type { HuntOrder } from './hunt-thread.ts';

export type Universes = Omit<HuntOrder, 'fromSeed' | 'toSeed'>;

export interface CleanRuns {
  /** The first claim against the clean core from seed 1 to this one; undefined: it holds. */
  upTo(universes: Universes, seed: number): Promise<HuntResult | undefined>;
}

interface Progress {
  seed: number;
  broken?: HuntResult;
  /** One thread at a time. */
  turn: Promise<void>;
}

export function createCleanRuns(directory: string): CleanRuns {
  const runs = new Map<string, Progress>();

  async function upTo(universes: Universes, seed: number): Promise<HuntResult | undefined> {
    const { profile, replicas, steps } = universes;
    const name = `${profile} ${replicas} ${steps}`;
    const progress = runs.get(name) ?? { seed: 0, turn: Promise.resolve() };
    runs.set(name, progress);
    progress.turn = progress.turn.then(() => extend(progress, universes, seed));
    await progress.turn;
    return progress.broken !== undefined && progress.broken.seed <= seed ? progress.broken : undefined;
  }

  async function extend(progress: Progress, universes: Universes, seed: number): Promise<void> {
    if (progress.broken !== undefined || progress.seed >= seed) return;
    const result = await hunt(directory, { ...universes, fromSeed: progress.seed + 1, toSeed: seed });
    progress.seed = result.seed;
    if (result.claim !== undefined) progress.broken = result;
  }

  return { upTo };
}
