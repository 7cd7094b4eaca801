/** Runs shares of seeds on several threads. Universes do not know of each other: which thread runs one changes nothing. */
import { Worker } from 'node:worker_threads';
import type { ProfileName } from './profiles.ts';
import { addTallies, emptyTally, type Tally, tallyOf } from './tally.ts';
import { runUniverse } from './universe.ts';

/** What a thread runs in one go. */
export interface Share {
  readonly fromSeed: number;
  /** The last one included. */
  readonly toSeed: number;
  readonly replicas: number;
  readonly steps: number;
  readonly profile: ProfileName;
}

/** Many short-lived objects: a larger nursery halves the work of the collector. */
const nurseryMb = 64;

export function runShare({ fromSeed, toSeed, replicas, steps, profile }: Share): Tally {
  let tally = emptyTally;
  for (let seed = fromSeed; seed <= toSeed; seed += 1) {
    tally = addTallies(tally, tallyOf(runUniverse(seed, replicas, steps, profile)));
  }
  return tally;
}

export interface Crew {
  run(share: Share): Promise<Tally>;
  close(): void;
}

/** `entry` is a module that answers each share it is sent with its tally. */
export function hireCrew(size: number, entry: URL): Crew {
  const idle = Array.from(
    { length: size },
    () => new Worker(entry, { resourceLimits: { maxYoungGenerationSizeMb: nurseryMb } }),
  );
  const all = [...idle];

  function run(share: Share): Promise<Tally> {
    const worker = idle.pop();
    if (worker === undefined) throw new Error('Every thread is at work');
    return new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', (tally: Tally) => {
        worker.off('error', reject);
        idle.push(worker);
        resolve(tally);
      });
      worker.postMessage(share);
    });
  }

  return {
    run,
    close: () => {
      for (const worker of all) void worker.terminate();
    },
  };
}
