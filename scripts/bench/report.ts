/** The figures of a benchmark: JSON with the saturation first, and a page for people. */
import { median } from '../lib/statistics.ts';

export interface LatencyFigures {
  readonly ratePerSecond: number;
  readonly samples: number;
  /** From the intended send time to the first verified certificate, milliseconds. */
  readonly certificateMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** The same to all validators. */
  readonly allMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

export interface ThroughputRun {
  readonly offeredPerSecond: number;
  readonly certifiedPerSecond: number;
  /** Share of the offered ones certified on all validators. */
  readonly completed: number;
  readonly poolMax: number;
  /** Of the machine before the run: one Ed25519 verification by libsodium on one core. */
  readonly verifyMicroseconds: number;
  readonly certificateP50Ms: number;
  readonly certificateP99Ms: number;
  /** ≥ 99 % certified on all validators, at the offered rate, with a pool that does not grow. */
  readonly sustained: boolean;
}

export interface Saturation {
  /** Median of what the runs certified. */
  readonly saturationTps: number;
  /** So many of them were sustained: most of them are enough. */
  readonly runsHeld: number;
  readonly runs: readonly ThroughputRun[];
}

/** @param runs at one rate, those that were not sustained included */
export const saturationOf = (runs: readonly ThroughputRun[]): Saturation => ({
  saturationTps: Math.round(median(runs.map((run) => run.certifiedPerSecond))),
  runsHeld: runs.filter(({ sustained }) => sustained).length,
  runs,
});

export interface BenchReport extends Saturation {
  readonly probes: readonly ThroughputRun[];
  readonly atHalfRate: LatencyFigures;
  readonly idle: LatencyFigures;
  /** Of all CPU that the validators used at saturation. */
  readonly signatureVerificationCpuShare: number;
  readonly validatorCpuMicrosecondsPerTransaction: number;
  readonly residentMiBPerValidator: number;
  readonly diskBytesPerTransaction: number;
  readonly wireBytesPerTransaction: number;
  /** SIGKILL of the primary → next certificate, milliseconds, one for each try. */
  readonly primaryLossMs: readonly number[];
  readonly load: {
    readonly envelopeBytes: number;
    readonly dataBytes: number;
    readonly signed: true;
    readonly votesFsynced: true;
    readonly indexOn: true;
    readonly steadySeconds: number;
    readonly batchLimit: number;
    readonly window: number;
  };
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly node: string;
    readonly commit: string;
  };
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

export function reportPage(report: BenchReport): string {
  const { idle, atHalfRate, load, machine } = report;
  const latency = (name: string, { certificateMs, allMs, ratePerSecond }: LatencyFigures): string =>
    `${name} (${ratePerSecond}/s)`.padEnd(28) +
    `p50 ${ms(certificateMs.p50)}, p95 ${ms(certificateMs.p95)}, p99 ${ms(certificateMs.p99)}; on all validators p50 ${ms(allMs.p50)}, p99 ${ms(allMs.p99)}`;
  return [
    `saturation                  ${report.saturationTps} transactions/s (median of ${report.runs.length} runs of ${load.steadySeconds} s; ${report.runsHeld} of ${report.runs.length} runs held: ≥ 99 % certified on all validators, pool bounded)`,
    ...report.runs.map(
      (run, i) =>
        `  run ${i + 1}                     offered ${run.offeredPerSecond}/s, certified ${run.certifiedPerSecond}/s, completed ${(run.completed * 100).toFixed(2)} %, pool ≤ ${run.poolMax}, p50 ${ms(run.certificateP50Ms)}, p99 ${ms(run.certificateP99Ms)}, one verification ${run.verifyMicroseconds} µs${run.sustained ? '' : ', not sustained'}`,
    ),
    latency('latency at half rate', atHalfRate),
    latency('latency when idle', idle),
    `primary killed → certificate ${report.primaryLossMs.map((value) => `${value} ms`).join(', ')}`,
    `CPU of validators           ${report.validatorCpuMicrosecondsPerTransaction} µs per transaction and validator, ${(report.signatureVerificationCpuShare * 100).toFixed(0)} % of it in signature verification`,
    `memory                      ${report.residentMiBPerValidator} MiB per validator`,
    `bytes per transaction       ${report.diskBytesPerTransaction} on disk, ${report.wireBytesPerTransaction} on the wire, per validator`,
    `load                        envelopes of ${load.envelopeBytes} bytes (${load.dataBytes} of data), signed, votes fsynced, index on, batches ≤ ${load.batchLimit}, window ${load.window}`,
    `machine                     ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, commit ${machine.commit}`,
  ].join('\n');
}
