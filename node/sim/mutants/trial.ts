/** One mutant on trial: built, hunted until it is caught, and compared with the clean core on the same seeds. */
import { createHash } from 'node:crypto';
import type { CleanRuns, Universes } from './clean-runs.ts';
import { hunt } from './hunt.ts';
import { type InvariantFamily, invariantOf } from './invariants.ts';
import type { Finding, Notebook } from './notebook.ts';
import type { Mutant, SimulatedMutant, TestedMutant } from './types.ts';
import { failureOf } from './unit-trial.ts';
import type { Workshop } from './workshop.ts';

/** What caught a mutant. */
export interface Catch {
  /** The invariant that broke, or the path of the unit test that failed. */
  readonly by: string;
  readonly family: InvariantFamily | 'unit test';
  readonly claim: string;
}

export interface Verdict {
  readonly mutant: Mutant;
  /** Seeds that were run, from seed 1; none for a unit test. */
  readonly seeds: number;
  readonly seconds: number;
  readonly caught?: Catch;
  /** What the clean core does in the same universes; absent if it holds. */
  readonly cleanBreaks?: string;
}

export interface TrialLimits {
  readonly seeds: number;
  readonly steps: number;
}

/** Where trials take place. */
export interface Court {
  readonly workshop: Workshop;
  readonly clean: CleanRuns;
  readonly notebook: Notebook;
}

export const universesOf = (
  { profile = 'usual', replicas = 4 }: SimulatedMutant,
  steps: number,
): Universes => ({ profile, replicas, steps });

/** What a notebook knows a mutant by: one that is changed is another one. */
export const keyOf = (mutant: Mutant): string =>
  `${mutant.name} ${createHash('sha256').update(JSON.stringify(mutant)).digest('hex').slice(0, 16)}`;

const nothingFound: Finding = { seeds: 0, seconds: 0, isJudged: false };

/** Goes on from what the notebook knows of it. */
export async function tryMutant(court: Court, mutant: Mutant, limits: TrialLimits): Promise<Verdict> {
  const { notebook } = court;
  let finding = notebook.of(keyOf(mutant)) ?? nothingFound;
  const note = (next: Finding): void => {
    finding = next;
    notebook.note(keyOf(mutant), next);
  };
  if ('test' in mutant) {
    if (!finding.isJudged) note(await tested(court, mutant));
  } else {
    if (finding.caught === undefined && finding.seeds < limits.seeds)
      note(await hunted(court, mutant, limits, finding, note));
    if (!finding.isJudged) note(await compared(court, mutant, limits, finding));
  }
  const { seeds, seconds, caught, cleanBreaks } = finding;
  return {
    mutant,
    seeds,
    seconds,
    ...(caught && { caught }),
    ...(cleanBreaks !== undefined && { cleanBreaks }),
  };
}

async function hunted(
  { workshop }: Court,
  mutant: SimulatedMutant,
  { seeds, steps }: TrialLimits,
  before: Finding,
  note: (finding: Finding) => void,
): Promise<Finding> {
  const startedMs = performance.now();
  const upTo = (seed: number): Finding => ({
    seeds: seed,
    seconds: before.seconds + (performance.now() - startedMs) / 1_000,
    isJudged: false,
  });
  const directory = await workshop.build(mutant);
  const order = { ...universesOf(mutant, steps), fromSeed: before.seeds + 1, toSeed: seeds };
  const { seed, claim } = await hunt(directory, order, (held) => note(upTo(held)));
  workshop.discard(directory);
  if (claim === undefined) return upTo(seed);
  const { name: by, family } = invariantOf(claim);
  return { ...upTo(seed), caught: { by, family, claim } };
}

async function compared(
  { clean }: Court,
  mutant: SimulatedMutant,
  { steps }: TrialLimits,
  finding: Finding,
): Promise<Finding> {
  if (finding.caught === undefined) return { ...finding, isJudged: true };
  const broken = await clean.upTo(universesOf(mutant, steps), finding.seeds);
  const cleanBreaks = broken && `seed ${broken.seed}: ${broken.claim}`;
  return { ...finding, isJudged: true, ...(cleanBreaks !== undefined && { cleanBreaks }) };
}

async function tested({ workshop }: Court, mutant: TestedMutant): Promise<Finding> {
  const startedMs = performance.now();
  const claim = await failureOf(workshop, mutant.test, mutant);
  const seconds = (performance.now() - startedMs) / 1_000;
  const caught: Catch | undefined =
    claim === undefined ? undefined : { by: mutant.test, family: 'unit test', claim };
  const cleanBreaks = await failureOf(workshop, mutant.test);
  return {
    seeds: 0,
    seconds,
    isJudged: true,
    ...(caught && { caught }),
    ...(cleanBreaks !== undefined && { cleanBreaks }),
  };
}
