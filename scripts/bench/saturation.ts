/**
 * The highest rate that a network holds: probes that rise until one fails, then so many whole runs at one rate that
 * their medians are known, lower if most of them do not hold.
 */
import type { LocalNetwork } from '../lib/local-network.ts';
import { processUsage } from '../lib/process-usage.ts';
import { median, percentile, rounded } from '../lib/statistics.ts';
import type { Bed } from './bed.ts';
import type { LoadRunResult } from './load-run.ts';
import { verifyMicroseconds } from './machine-speed.ts';
import type { ThroughputRun } from './report.ts';

export interface SaturationOptions {
  /** Of a whole run, of a probe, and of a new network before its first run, milliseconds. */
  readonly steadyMs: number;
  readonly probeMs: number;
  readonly warmMs: number;
  readonly runsWanted: number;
  readonly loadAt: (
    bed: Bed,
    ratePerSecond: number,
    lengthMs: number,
    name: string,
  ) => Promise<LoadRunResult>;
  readonly say: (line: string) => void;
}

export interface Sustained {
  readonly rate: number;
  readonly runs: readonly ThroughputRun[];
  readonly cpuMicroseconds: number;
  readonly envelopeBytes: number;
}

/** Of each run, before its steady state. */
export const warmUpMs = 5_000;
const probeFrom = 1_000;
const probeStep = 500;
const probeStepMin = 100;
const probeTop = 12_000;
/** A pool that ends larger than this multiple of how it began grows. */
const poolGrowth = 1.5;
const completionWanted = 0.99;
/** Blocks that end just outside the window of time make the rate inside it uneven by so much. */
const windowShare = 0.95;

export function requireFaultless({ faults }: LoadRunResult): void {
  if (faults.length > 0) throw new Error(`the network broke its promise: ${faults[0]}`);
}

function throughputOf(ratePerSecond: number, result: LoadRunResult, verifyUs: number): ThroughputRun {
  requireFaultless(result);
  return {
    offeredPerSecond: ratePerSecond,
    certifiedPerSecond: result.certifiedPerSecond,
    completed: result.completedOnAll / result.offered,
    poolMax: Math.max(result.poolMaxEarly, result.poolMaxLate),
    verifyMicroseconds: verifyUs,
    certificateP50Ms: rounded(percentile(result.certificateMs, 0.5)),
    certificateP99Ms: rounded(percentile(result.certificateMs, 0.99)),
    sustained: isSustained(ratePerSecond, result),
  };
}

/** ≥ 99 % certified on all validators, at the offered rate, with a pool that does not grow. */
function isSustained(ratePerSecond: number, result: LoadRunResult): boolean {
  const poolBounded = result.poolMaxLate <= poolGrowth * result.poolMaxEarly + ratePerSecond / 2;
  return (
    result.completedOnAll >= completionWanted * result.offered &&
    result.certifiedPerSecond >= windowShare * ratePerSecond &&
    poolBounded
  );
}

const describe = (run: ThroughputRun): string =>
  `offered ${run.offeredPerSecond}/s: certified ${run.certifiedPerSecond}/s, completed ${(run.completed * 100).toFixed(1)} %, pool ≤ ${run.poolMax}, p50 ${run.certificateP50Ms} ms, p99 ${run.certificateP99Ms} ms, one verification ${run.verifyMicroseconds} µs${run.sustained ? '' : '  not sustained'}`;

/** Rises by steps until a rate is not sustained, then halves the last step; the highest sustained one is the candidate. */
export async function findCandidate(
  bed: Bed,
  { probeMs, loadAt, say }: SaturationOptions,
  probes: ThroughputRun[],
): Promise<number> {
  let sustained = 0;
  for (let rate = probeFrom, step = probeStep; step >= probeStepMin && rate <= probeTop; ) {
    const verifyUs = verifyMicroseconds();
    const result = await loadAt(bed, rate, probeMs, `probe ${rate}/s`);
    const run = throughputOf(rate, result, verifyUs);
    const isHeld = run.sustained;
    probes.push(run);
    say(`\rprobe  ${describe(run)}`);
    if (isHeld) sustained = rate;
    if (!isHeld || step < probeStep) step /= 2;
    rate = isHeld ? rate + step : rate - step;
  }
  return sustained === 0 ? probeFrom / 2 : sustained;
}

/**
 * At one rate so many runs that their medians are known: most of them must hold, and all are reported. Where too many
 * do not, all are run again a little below what was certified, and a twentieth below what was offered at least, on a
 * new network: what an overload left behind is not what the next rate is asked about.
 */
export async function confirm(
  bed: Bed,
  options: SaturationOptions,
  candidate: number,
  probes: ThroughputRun[],
): Promise<Sustained> {
  const { steadyMs, runsWanted, loadAt, say } = options;
  /** As many as leave the medians untouched. */
  const failuresMax = (runsWanted - 1) / 2;
  let rate = candidate;
  for (;;) {
    const runs: ThroughputRun[] = [];
    const before = cpuSeconds(bed.network);
    let envelopeBytes = 0;
    const failed = (): number => runs.filter(({ sustained }) => !sustained).length;
    while (runs.length < runsWanted && failed() <= failuresMax) {
      const verifyUs = verifyMicroseconds();
      const result = await loadAt(bed, rate, steadyMs, `run ${runs.length + 1} at ${rate}/s`);
      envelopeBytes = result.envelopeBytes;
      const run = throughputOf(rate, result, verifyUs);
      runs.push(run);
      say(`\rrun ${runs.length}  ${describe(run)}`);
    }
    const cpu = cpuSeconds(bed.network) - before;
    if (failed() <= failuresMax) {
      const transactions = runs.length * rate * ((steadyMs + warmUpMs) / 1_000);
      const cpuMicroseconds = Math.round((cpu * 1e6) / transactions / bed.network.size);
      return { rate, runs, cpuMicroseconds, envelopeBytes };
    }
    probes.push(...runs);
    const certified = median(runs.map((run) => run.certifiedPerSecond));
    rate = Math.floor(Math.min(0.95 * rate, 0.97 * certified) / 50) * 50;
    if (rate < 100) throw new Error('no rate could be sustained');
    await bed.renew();
    await warm(bed, options, rate);
  }
}

/** Code that has just started is slow, whatever the network holds later. */
export async function warm(
  bed: Bed,
  { warmMs, loadAt, say }: SaturationOptions,
  rate: number,
): Promise<void> {
  say(`\rwarming a new network for ${warmMs / 1_000} s at ${rate}/s`);
  requireFaultless(await loadAt(bed, rate, warmMs, `warming at ${rate}/s`));
}

const cpuSeconds = (network: LocalNetwork): number =>
  network.gateways.reduce((sum, _, i) => sum + (processUsage(network.pidOf(i))?.cpuSeconds ?? 0), 0);
