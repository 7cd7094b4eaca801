/** What no protocol can prevent must at least be noticed: f+1 colluding liars make two ledgers. */
import { hunt } from './hunt.ts';
import { invariantOf } from './invariants.ts';

export interface ForkFound {
  /** The seed in which two certified blocks stood at one height; undefined: in none. */
  readonly seed: number | undefined;
  /** Seeds before it in which a validator noticed first that a quorum sealed another block, and stopped (rule X4). */
  readonly stops: number;
}

export async function findFork(
  directory: string,
  replicas: number,
  { seeds, steps }: { readonly seeds: number; readonly steps: number },
): Promise<ForkFound> {
  const universes = { profile: 'too-many-twins', replicas, steps } as const;
  let stops = 0;
  for (let fromSeed = 1; fromSeed <= seeds; ) {
    const { seed, claim } = await hunt(directory, { ...universes, fromSeed, toSeed: seeds });
    const invariant = claim === undefined ? undefined : invariantOf(claim).name;
    if (invariant === 'agreement') return { seed, stops };
    if (invariant === 'equal execution') stops += 1;
    fromSeed = seed + 1;
  }
  return { seed: undefined, stops };
}
