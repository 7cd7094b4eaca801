/** What many universes amount to. Tallies add up, so that threads and resumed runs each bring their own. */
import type { UniverseResult } from './universe.ts';
import type { Counts } from './world.ts';

export interface Tally {
  readonly seeds: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** CPU time of all threads. */
  readonly machineMs: number;
  /** Certified blocks in a seed → how many seeds. */
  readonly commits: Counts;
  readonly transactions: number;
  readonly viewChangeSeeds: number;
  readonly crashes: number;
  readonly faults: number;
  /** Seeds in which somebody was faulty for good. */
  readonly faultySeeds: number;
  /** How somebody was faulty for good → how many were. */
  readonly roles: Counts;
  /** Virtual time from healing to agreement, in tens of milliseconds → how many seeds. */
  readonly healed: Counts;
  /** Path of a rule → how often it was met. */
  readonly rules: Counts;
  /** Fault that took effect, or lie that was told → how often. */
  readonly met: Counts;
  readonly failed: readonly FailedSeed[];
}

export interface FailedSeed {
  readonly seed: number;
  readonly step: number;
  readonly claim: string;
}

export const emptyTally: Tally = {
  seeds: 0,
  steps: 0,
  virtualMs: 0,
  machineMs: 0,
  commits: {},
  transactions: 0,
  viewChangeSeeds: 0,
  crashes: 0,
  faults: 0,
  faultySeeds: 0,
  roles: {},
  healed: {},
  rules: {},
  met: {},
  failed: [],
};

const healedGrainMs = 10;

/** Without machine time, which only the whole process knows. */
export function tallyOf(result: UniverseResult): Tally {
  const { seed, failure } = result;
  return {
    seeds: 1,
    steps: result.steps,
    virtualMs: result.virtualMs,
    machineMs: 0,
    commits: { [result.commits]: 1 },
    transactions: result.transactions,
    viewChangeSeeds: result.highestView > 0 ? 1 : 0,
    crashes: result.crashes,
    faults: result.faults.length,
    faultySeeds: result.roles.length > 0 ? 1 : 0,
    roles: countEach(result.roles),
    healed: { [Math.ceil(result.healedInMs / healedGrainMs)]: 1 },
    rules: result.rules,
    met: result.met,
    failed: failure === undefined ? [] : [{ seed, step: failure.step, claim: failure.claim }],
  };
}

export function addTallies(one: Tally, other: Tally): Tally {
  return {
    seeds: one.seeds + other.seeds,
    steps: one.steps + other.steps,
    virtualMs: one.virtualMs + other.virtualMs,
    machineMs: one.machineMs + other.machineMs,
    commits: addCounts(one.commits, other.commits),
    transactions: one.transactions + other.transactions,
    viewChangeSeeds: one.viewChangeSeeds + other.viewChangeSeeds,
    crashes: one.crashes + other.crashes,
    faults: one.faults + other.faults,
    faultySeeds: one.faultySeeds + other.faultySeeds,
    roles: addCounts(one.roles, other.roles),
    healed: addCounts(one.healed, other.healed),
    rules: addCounts(one.rules, other.rules),
    met: addCounts(one.met, other.met),
    failed: [...one.failed, ...other.failed],
  };
}

function addCounts(one: Counts, other: Counts): Counts {
  const sum: { [name: string]: number } = { ...one };
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function countEach(names: readonly string[]): Counts {
  return names.reduce<Counts>((counts, name) => addCounts(counts, { [name]: 1 }), {});
}

/** Of a histogram whose names are numbers; 0 if it is empty. */
export function medianOf(histogram: Counts): number {
  const values = Object.entries(histogram)
    .map(([value, count]) => ({ value: Number(value), count }))
    .sort((one, other) => one.value - other.value);
  const total = values.reduce((sum, { count }) => sum + count, 0);
  let passed = 0;
  for (const { value, count } of values) {
    passed += count;
    if (2 * passed > total) return value;
  }
  return 0;
}

export const medianHealedMs = ({ healed }: Tally): number => healedGrainMs * medianOf(healed);
export const longestHealedMs = ({ healed }: Tally): number =>
  healedGrainMs * Math.max(0, ...Object.keys(healed).map(Number));
