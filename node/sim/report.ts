/** What a run of many universes amounts to, for people and for machines. */
import type { UniverseResult } from './universe.ts';

export interface Summary {
  readonly replicas: number;
  readonly seeds: number;
  readonly steps: number;
  readonly commitsMedian: number;
  readonly transactions: number;
  /** Share of seeds in which somebody asked for another view. */
  readonly viewChangeShare: number;
  readonly crashes: number;
  readonly healedMedianMs: number;
  readonly healedMaxMs: number;
  readonly simulatedSeconds: number;
  readonly machineSeconds: number;
  readonly failedSeeds: readonly number[];
}

export function summarize(results: readonly UniverseResult[], machineMs: number): Summary {
  const sum = (value: (result: UniverseResult) => number): number =>
    results.reduce((total, result) => total + value(result), 0);
  return {
    replicas: results[0]?.replicas ?? 0,
    seeds: results.length,
    steps: sum((result) => result.steps),
    commitsMedian: median(results.map((result) => result.commits)),
    transactions: sum((result) => result.transactions),
    viewChangeShare: sum((result) => (result.highestView > 0 ? 1 : 0)) / Math.max(1, results.length),
    crashes: sum((result) => result.crashes),
    healedMedianMs: Math.round(median(results.map((result) => result.healedInMs))),
    healedMaxMs: Math.round(Math.max(0, ...results.map((result) => result.healedInMs))),
    simulatedSeconds: Math.round(sum((result) => result.virtualMs) / 1_000),
    machineSeconds: Math.round(machineMs / 100) / 10,
    failedSeeds: results.filter((result) => result.failure !== undefined).map((result) => result.seed),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function describeSummary(summary: Summary): string {
  const { replicas, seeds, steps, commitsMedian, transactions, viewChangeShare, crashes } = summary;
  const verdict =
    summary.failedSeeds.length === 0
      ? 'all invariants held'
      : `BROKEN in seeds ${summary.failedSeeds.join(' ')}`;
  return [
    `${replicas} replicas, ${seeds} seeds, ${steps} steps: ${verdict}`,
    `  ${commitsMedian} blocks a seed (median), ${transactions} transactions, ${crashes} crashes, view changes in ${Math.round(100 * viewChangeShare)} % of the seeds`,
    `  agreement ${summary.healedMedianMs} ms after healing (median), at most ${summary.healedMaxMs} ms`,
    `  ${summary.simulatedSeconds} s simulated in ${summary.machineSeconds} s`,
  ].join('\n');
}

export function describeFailure({ seed, replicas, failure }: UniverseResult): string {
  if (failure === undefined) return '';
  return [
    `Seed ${seed} with ${replicas} replicas, step ${failure.step}: ${failure.claim}`,
    'What happened last:',
    ...failure.story.map((line) => `  ${line}`),
    `Replay: npm run sim -- --seed ${seed} --replicas ${replicas}`,
  ].join('\n');
}
