/**
 * `npm run bench`: four validator processes and this load process on one machine. Prints the highest rate at which
 * most runs hold (≥ 99 % certified on all validators, a bounded pool) and how many did, latency at half that rate and
 * idle, and what it costs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installNativeSha256 } from '../../node/crypto/sha256-install.ts';
import { apiPrefix } from '../../shared/api.ts';
import type { LocalNetwork } from '../lib/local-network.ts';
import { processUsage } from '../lib/process-usage.ts';
import { median, percentile, rounded } from '../lib/statistics.ts';
import { Bed } from './bed.ts';
import { floodPage, measureFlood } from './flood.ts';
import { type LoadRunOptions, type LoadRunResult, runLoad } from './load-run.ts';
import { verifyMicroseconds } from './machine-speed.ts';
import { measurePrimaryLoss } from './primary-loss.ts';
import {
  type BenchReport,
  type LatencyFigures,
  reportPage,
  saturationOf,
  type ThroughputRun,
} from './report.ts';
import {
  confirm,
  findCandidate,
  requireFaultless,
  type SaturationOptions,
  warm,
  warmUpMs,
} from './saturation.ts';
import { runScenarios, scenarioList, scenariosNamed } from './scenarios/run.ts';
import { type ScenarioReport, scenarioPage } from './scenarios/scenario-page.ts';

const help = `usage: npm run bench [-- OPTIONS]

  --json            the report as JSON alone on standard output
  --quick           shorter runs: for a first look, not for figures to quote
  --rate N          measure at N transactions/s instead of searching for saturation
  --data-bytes N    opaque data in each event (16)
  --port N          first port (17100)
  --keep            keep the data directory
  --help            this text

  --scenario NAME[,NAME]  these instead, each on a network of its own; ends with 1 if a figure is not as wanted
  --rate N                transactions/s of good load in each (1200; 100 where one lies or floods)
  --seconds S             steady state of each run of load (30)

Scenarios:
${scenarioList}
  flood              one of four validators floods the others, --rate is the honest load (100); run alone
  --rounds N         of flood: each kind so many times in turn, medians count (3; 1 with --quick)`;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rate: { type: 'string' },
    scenario: { type: 'string' },
    'data-bytes': { type: 'string', default: '16' },
    port: { type: 'string', default: '17100' },
    keep: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '30' },
    rounds: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const seconds = (count: number): number => count * 1_000;
const steadyMs = values.quick ? seconds(15) : seconds(60);
const probeMs = values.quick ? seconds(8) : seconds(15);
const warmMs = values.quick ? seconds(15) : seconds(30);
const runsWanted = values.quick ? 1 : 3;
const dataBytes = Number(values['data-bytes']);
const loadTickMs = 40;
const idlePerSecond = 5;
const floodRate = 100;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function progress(name: string): LoadRunOptions['onProgress'] {
  return (done, all, certified) => {
    if (!process.stderr.isTTY) return;
    const left = Math.max(0, all - done).toFixed(0);
    process.stderr.write(
      `\r${name}: ${done.toFixed(0)} of ${all.toFixed(0)} s, ${certified} certified, ${left} s left   `,
    );
  };
}

function loadAt(
  { network, signer }: Bed,
  ratePerSecond: number,
  lengthMs: number,
  name: string,
): Promise<LoadRunResult> {
  return runLoad(network, signer, {
    ratePerSecond,
    warmUpMs,
    steadyMs: lengthMs,
    drainMs: seconds(10),
    tickMs: ratePerSecond <= idlePerSecond ? 1 : loadTickMs,
    dataBytes,
    onProgress: progress(name),
  });
}

async function latencyAt(bed: Bed, rate: number, name: string): Promise<LatencyFigures> {
  const result = await loadAt(bed, rate, steadyMs, name);
  requireFaultless(result);
  const figures = (samples: readonly number[]) => ({
    p50: rounded(percentile(samples, 0.5)),
    p95: rounded(percentile(samples, 0.95)),
    p99: rounded(percentile(samples, 0.99)),
  });
  say(`\r${name}: p50 ${figures(result.certificateMs).p50} ms, p99 ${figures(result.certificateMs).p99} ms`);
  return {
    ratePerSecond: rate,
    samples: result.certificateMs.length,
    certificateMs: figures(result.certificateMs),
    allMs: figures(result.allMs),
  };
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.db(-wal)?$/.test(entry.name))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function linkBytes(network: LocalNetwork): Promise<number> {
  const answers = await Promise.all(
    network.gateways.map(async (gateway) => {
      const response = await network.session.fetch(`${gateway}${apiPrefix}/peers`);
      const { peers } = (await response.json()) as { peers: readonly { bytesSent?: number }[] };
      return peers.reduce((sum, peer) => sum + (peer.bytesSent ?? 0), 0);
    }),
  );
  return answers.reduce((sum, bytes) => sum + bytes, 0);
}

async function certifiedTransactions(network: LocalNetwork): Promise<number> {
  const response = await network.session.fetch(`${network.gateways[0]}${apiPrefix}/analytics?by=action`);
  const { rows } = (await response.json()) as { rows: readonly { count: number }[] };
  return rows.reduce((sum, row) => sum + row.count, 0);
}

/** Probes say where to begin; with --rate somebody has said it, and the network is warmed instead. */
async function firstRate(bed: Bed, options: SaturationOptions, probes: ThroughputRun[]): Promise<number> {
  if (values.rate === undefined) return findCandidate(bed, options, probes);
  await warm(bed, options, Number(values.rate));
  return Number(values.rate);
}

async function measure(bed: Bed): Promise<BenchReport> {
  await bed.network.startAll();
  const options: SaturationOptions = { steadyMs, probeMs, warmMs, runsWanted, loadAt, say };
  const probes: ThroughputRun[] = [];
  const sustained = await confirm(bed, options, await firstRate(bed, options, probes), probes);
  const { network, signer } = bed;
  const half = Math.round(sustained.rate / 2);
  const atHalfRate = await latencyAt(bed, half, 'half rate');
  const idle = await latencyAt(bed, idlePerSecond, 'idle');
  const transactions = await certifiedTransactions(network);
  const resident = network.gateways.map((_, i) => processUsage(network.pidOf(i))?.residentBytes ?? 0);
  const wire = (await linkBytes(network)) / transactions / network.size;
  const disk = network.gateways.map((_, i) => bytesIn(network.dataOf(i)) / transactions);
  const primaryLossMs = await measurePrimaryLoss(network, signer, values.quick ? 1 : 3, say);
  const { parameters } = network.completed.document;
  return {
    ...saturationOf(sustained.runs),
    probes,
    atHalfRate,
    idle,
    // Clients' signatures only; those of votes are spread over a whole batch.
    signatureVerificationCpuShare: verifyMicroseconds() / sustained.cpuMicroseconds,
    validatorCpuMicrosecondsPerTransaction: sustained.cpuMicroseconds,
    residentMiBPerValidator: Math.round(median(resident) / 2 ** 20),
    diskBytesPerTransaction: Math.round(median(disk)),
    wireBytesPerTransaction: Math.round(wire),
    primaryLossMs,
    load: {
      envelopeBytes: sustained.envelopeBytes,
      dataBytes,
      signed: true,
      votesFsynced: true,
      indexOn: true,
      steadySeconds: steadyMs / 1_000,
      batchLimit: parameters.batchLimit,
      window: parameters.window,
    },
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    },
  };
}

async function flood(network: LocalNetwork): Promise<void> {
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds ${values.rounds} is no number of rounds`);
  const report = await measureFlood(network, {
    ratePerSecond: Number(values.rate ?? floodRate),
    rounds,
    steadyMs: values.quick ? seconds(8) : seconds(20),
    dataBytes,
    say,
  });
  console.log(values.json ? JSON.stringify(report, undefined, 2) : floodPage(report));
  if (!report.latencyHolds || !report.memoryHolds) process.exitCode = 1;
}

/** Ends the process with 64 at an argument that makes no sense. */
function readScenarios(names: string): Parameters<typeof runScenarios>[0] {
  try {
    for (const option of ['rate', 'seconds'] as const) {
      const told = values[option];
      if (told !== undefined && !(Number(told) > 0))
        throw new RangeError(`--${option} ${told} is no number above 0`);
    }
    return scenariosNamed(names);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nTry: npm run bench -- --help`);
    process.exit(64);
  }
}

async function runNamedScenarios(names: string): Promise<void> {
  const chosen = readScenarios(names);
  const directory = mkdtempSync(join(tmpdir(), 'concordat-bench-'));
  const rate = values.rate === undefined ? {} : { ratePerSecond: Number(values.rate) };
  const options = { ...rate, steadyMs: seconds(Number(values.seconds)) };
  try {
    const port = Number(values.port);
    const onReport = (report: ScenarioReport): void => {
      if (!values.json) console.log(scenarioPage(report));
    };
    const reports = await runScenarios(chosen, { options, directory, port, say, progress, onReport });
    if (values.json) console.log(JSON.stringify(reports, undefined, 2));
    if (reports.some(({ asWanted }) => !asWanted)) process.exitCode = 1;
  } finally {
    if (values.keep) say(`data kept in ${directory}`);
    else rmSync(directory, { recursive: true });
  }
}

if (values.help) {
  console.log(help);
} else if (values.scenario !== undefined && values.scenario !== 'flood') {
  installNativeSha256();
  await runNamedScenarios(values.scenario);
} else {
  installNativeSha256();
  const bed = await Bed.found({
    port: Number(values.port),
    keep: values.keep,
    // Under a flood each says what it refuses, over and over.
    onWarning: (validator, line) => {
      if (values.scenario === undefined) say(`${validator}: ${line}`);
    },
    say,
  });
  try {
    if (values.scenario === 'flood') {
      await flood(bed.network);
    } else {
      const report = await measure(bed);
      console.log(values.json ? JSON.stringify(report, undefined, 2) : reportPage(report));
    }
  } finally {
    await bed.end();
  }
}
