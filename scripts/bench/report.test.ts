import { expect, it } from 'vitest';
import { type BenchReport, reportPage, saturationOf, type ThroughputRun } from './report.ts';

const run = (certifiedPerSecond: number, sustained: boolean): ThroughputRun => ({
  offeredPerSecond: 2_000,
  certifiedPerSecond,
  completed: 0.99,
  poolMax: 6_411,
  verifyMicroseconds: 50,
  certificateP50Ms: 100,
  certificateP99Ms: 400,
  sustained,
});
const latency = {
  ratePerSecond: 5,
  samples: 300,
  certificateMs: { p50: 17, p95: 26, p99: 38 },
  allMs: { p50: 18, p95: 27, p99: 39 },
};
const reportOf = (...runs: readonly ThroughputRun[]): BenchReport => ({
  ...saturationOf(runs),
  probes: [],
  atHalfRate: latency,
  idle: latency,
  signatureVerificationCpuShare: 0.2,
  validatorCpuMicrosecondsPerTransaction: 259,
  residentMiBPerValidator: 200,
  diskBytesPerTransaction: 1_730,
  wireBytesPerTransaction: 323,
  primaryLossMs: [1_529],
  load: {
    envelopeBytes: 363,
    dataBytes: 16,
    signed: true,
    votesFsynced: true,
    indexOn: true,
    steadySeconds: 60,
    batchLimit: 500,
    window: 16,
  },
  machine: { cpu: 'one', cores: 2, memoryGiB: 8, node: 'v20.19.0', commit: 'abcdef0' },
});
const headline = (report: BenchReport): string => reportPage(report).split('\n')[0]!;

it('says how many of the runs held, and no more', () => {
  const report = reportOf(run(2_052, true), run(2_019, true), run(1_850, false));
  expect(report).toMatchObject({ saturationTps: 2_019, runsHeld: 2 });
  expect(headline(report)).toBe(
    'saturation                  2019 transactions/s (median of 3 runs of 60 s; 2 of 3 runs held: ≥ 99 % certified on all validators, pool bounded)',
  );
  expect(headline(reportOf(run(2_000, true)))).toContain('1 of 1 runs held');
});

it('begins its JSON with the saturation', () => {
  expect(Object.keys(reportOf(run(2_000, true))).slice(0, 3)).toEqual(['saturationTps', 'runsHeld', 'runs']);
});
