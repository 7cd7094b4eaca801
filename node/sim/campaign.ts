/** All seeds of one number of replicas, in shares, in order, kept as they are done. */
import type { Crew, Share } from './crew.ts';
import { type SimOptions, stepsOf } from './options.ts';
import type { RunState } from './run-state.ts';
import { addTallies, type Tally } from './tally.ts';

export interface CampaignEvents {
  /** All seeds below `nextSeed` are done. */
  advanced(tally: Tally, nextSeed: number): void;
}

/** Long enough that handing it over costs nothing, short enough that little is lost in between. */
const seedsPerShare = 10;
/** A thread takes this part of its portion of what is left: shares shrink to one seed, and all threads end together. */
const partTaken = 1 / 2;
/** After so many broken seeds more would say nothing new. */
const failuresEnough = 20;

export async function runCampaign(
  crew: Crew,
  options: SimOptions,
  replicas: number,
  state: RunState,
  untilMs: number,
  events: CampaignEvents,
): Promise<Tally> {
  const { seed, seeds, profile, workers } = options;
  const steps = stepsOf(options, replicas);
  let { nextSeed, tally } = state.progressOf(replicas);
  const endSeed = seed + seeds;
  const machineMsBefore = tally.machineMs;
  const usedBefore = process.cpuUsage();
  let takenSeed = nextSeed;
  /** Done before those below them were. */
  const early = new Map<number, { readonly share: Share; readonly tally: Tally }>();

  function takeShare(): Share | undefined {
    const isOver = performance.now() >= untilMs || tally.failed.length >= failuresEnough;
    if (isOver || takenSeed >= endSeed) return undefined;
    const fromSeed = takenSeed;
    const length = Math.min(
      seedsPerShare,
      Math.max(1, Math.ceil((partTaken * (endSeed - fromSeed)) / workers)),
    );
    takenSeed = Math.min(endSeed, fromSeed + length);
    return { fromSeed, toSeed: takenSeed - 1, replicas, steps, profile };
  }

  async function work(): Promise<void> {
    for (let share = takeShare(); share !== undefined; share = takeShare()) {
      early.set(share.fromSeed, { share, tally: await crew.run(share) });
      settle();
    }
  }

  function settle(): void {
    for (let done = early.get(nextSeed); done !== undefined; done = early.get(nextSeed)) {
      early.delete(nextSeed);
      tally = addTallies(tally, done.tally);
      nextSeed = done.share.toSeed + 1;
    }
    const { user, system } = process.cpuUsage(usedBefore);
    tally = { ...tally, machineMs: machineMsBefore + (user + system) / 1_000 };
    state.save(replicas, { nextSeed, tally });
    events.advanced(tally, nextSeed);
  }

  await Promise.all(Array.from({ length: workers }, work));
  return tally;
}
