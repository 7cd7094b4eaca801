/** One mutant on trial: built, hunted until it is caught, and compared with the clean core on the same seeds. */
import type { CleanRuns, Universes } from './clean-runs.ts';
import { hunt } from './hunt.ts';
import { type InvariantFamily, type InvariantName, invariantOf } from './invariants.ts';
import type { Mutant } from './types.ts';
import type { Workshop } from './workshop.ts';

export interface Verdict {
  readonly mutant: Mutant;
  /** Seeds that were run. */
  readonly seeds: number;
  readonly seconds: number;
  readonly caught?: {
    readonly invariant: InvariantName;
    readonly family: InvariantFamily;
    readonly claim: string;
  };
  /** What the clean core does in the same universes; absent if it holds. */
  readonly cleanBreaks?: string;
}

export interface TrialLimits {
  readonly seeds: number;
  readonly steps: number;
}

export const universesOf = ({ profile = 'usual', replicas = 4 }: Mutant, steps: number): Universes => ({
  profile,
  replicas,
  steps,
});

export async function tryMutant(
  workshop: Workshop,
  clean: CleanRuns,
  mutant: Mutant,
  { seeds, steps }: TrialLimits,
): Promise<Verdict> {
  const startedMs = performance.now();
  const universes = universesOf(mutant, steps);
  const directory = await workshop.build(mutant);
  const result = await hunt(directory, { ...universes, fromSeed: 1, toSeed: seeds });
  workshop.discard(directory);
  const seconds = (performance.now() - startedMs) / 1_000;
  const verdict = { mutant, seeds: result.seed, seconds };
  if (result.claim === undefined) return verdict;
  const { name: invariant, family } = invariantOf(result.claim);
  const caught = { invariant, family, claim: result.claim };
  const broken = await clean.upTo(universes, result.seed);
  const cleanBreaks = broken && `seed ${broken.seed}: ${broken.claim}`;
  return cleanBreaks === undefined ? { ...verdict, caught } : { ...verdict, caught, cleanBreaks };
}
