/** What several rounds of floods amount to: medians of each kind, compared with none and with a process that only spins. */
import { median } from '../lib/statistics.ts';
import { type EnemyKind, floodKinds } from './flood-kinds.ts';

export type Flood = EnemyKind | 'none';
/** In this order in each round. */
export const floods: readonly Flood[] = ['none', 'spinning', ...floodKinds];

/** The bounds that docs/links.md states. */
export const p99RatioMax = 2;
export const growthMebibytesMax = 256;
const completionMin = 0.99;

export interface FloodRow {
  readonly flood: Flood;
  /** The lowest of all rounds. */
  readonly completed: number;
  /** Medians of the rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p99MsOfRounds: readonly number[];
  /** Against the same three without a flood. */
  readonly p99Ratio: number;
  /** Against the same three beside a process that only spins. */
  readonly p99RatioToSpinning: number;
  /** Largest resident set of a validator before the first round and during all of them, MiB. */
  readonly residentBefore: number;
  readonly residentMax: number;
  /** What the flooder got rid of. */
  readonly framesPerSecond: number;
  readonly mebibytesPerSecond: number;
}

/** One kind in one round. */
export interface Measured {
  readonly flood: Flood;
  /** Share of all cores that was busy just before. */
  readonly busyBefore: number;
  readonly completed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentBefore: number;
  readonly residentMax: number;
  readonly framesPerSecond: number;
  readonly mebibytesPerSecond: number;
}

/** @param runs of all kinds: none and spinning are compared with */
export function rowOf(flood: Flood, runs: readonly Measured[]): FloodRow {
  const own = runs.filter((run) => run.flood === flood);
  const p99Of = (kind: Flood): number =>
    median(runs.filter((run) => run.flood === kind).map(({ p99Ms }) => p99Ms));
  const against = (kind: Flood): number => Math.round((100 * p99Of(flood)) / p99Of(kind)) / 100;
  return {
    flood,
    completed: Math.min(...own.map(({ completed }) => completed)),
    p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
    p99Ms: p99Of(flood),
    p99MsOfRounds: own.map(({ p99Ms }) => p99Ms),
    p99Ratio: against('none'),
    p99RatioToSpinning: against('spinning'),
    residentBefore: own[0]!.residentBefore,
    residentMax: Math.max(...own.map(({ residentMax }) => residentMax)),
    framesPerSecond: median(own.map(({ framesPerSecond }) => framesPerSecond)),
    mebibytesPerSecond: median(own.map(({ mebibytesPerSecond }) => mebibytesPerSecond)),
  };
}

export const latencyHolds = (rows: readonly FloodRow[]): boolean =>
  rows.every(({ p99Ratio, completed }) => p99Ratio <= p99RatioMax && completed >= completionMin);

export const memoryHolds = (rows: readonly FloodRow[]): boolean =>
  rows.every(({ residentBefore, residentMax }) => residentMax - residentBefore <= growthMebibytesMax);
