/** The clean core in the same universes: a bug counts as caught only where it holds. Each seed is run once. */
import { type HuntResult, hunt } from './hunt.ts';
import type { HuntOrder } from './hunt-thread.ts';
import type { Notebook } from './notebook.ts';

export type Universes = Omit<HuntOrder, 'fromSeed' | 'toSeed'>;

export interface CleanRuns {
  /** The first claim against the clean core from seed 1 to this one; undefined: it holds. */
  upTo(universes: Universes, seed: number): Promise<HuntResult | undefined>;
}

/** @param directory of the clean copy */
export function createCleanRuns(directory: string, notebook: Notebook): CleanRuns {
  /** One thread at a time for each kind of universes. */
  const turns = new Map<string, Promise<void>>();

  async function upTo(universes: Universes, seed: number): Promise<HuntResult | undefined> {
    const name = nameOf(universes);
    const turn = (turns.get(name) ?? Promise.resolve()).then(() => extend(universes, seed));
    turns.set(name, turn);
    await turn;
    const known = notebook.cleanOf(name);
    return known?.claim !== undefined && known.seed <= seed ? known : undefined;
  }

  async function extend(universes: Universes, seed: number): Promise<void> {
    const name = nameOf(universes);
    const known = notebook.cleanOf(name) ?? { seed: 0 };
    if (known.claim !== undefined || known.seed >= seed) return;
    const order = { ...universes, fromSeed: known.seed + 1, toSeed: seed };
    const result = await hunt(directory, order, (held) => notebook.noteClean(name, { seed: held }));
    notebook.noteClean(name, result);
  }

  return { upTo };
}

const nameOf = ({ profile, replicas, steps }: Universes): string => `${profile} ${replicas} ${steps}`;
