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
import { LocalNetwork } from '../lib/local-network.ts';
import { processUsage } from '../lib/process-usage.ts';
import type { LoadSigner } from '../lib/signed-load.ts';
import { median, percentile, rounded } from '../lib/statistics.ts';
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
const runsWanted = values.quick ? 1 : 3;
/** As many as leave the medians untouched. */
const failuresMax = (runsWanted - 1) / 2;
const dataBytes = Number(values['data-bytes']);
const loadTickMs = 40;
const probeFrom = 1_000;
const probeStep = 500;
const probeStepMin = 100;
const probeTop = 12_000;
const idlePerSecond = 5;
const floodRate = 100;
/** A pool that ends larger than this multiple of how it began grows. */
const poolGrowth = 1.5;
const completionWanted = 0.99;
/** Blocks that end just outside the window of time make the rate inside it uneven by so much. */
const windowShare = 0.95;

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
  network: LocalNetwork,
  signer: LoadSigner,
  ratePerSecond: number,
  lengthMs: number,
  name: string,
): Promise<LoadRunResult> {
  return runLoad(network, signer, {
    ratePerSecond,
    warmUpMs: seconds(5),
    steadyMs: lengthMs,
    drainMs: seconds(10),
    tickMs: ratePerSecond <= idlePerSecond ? 1 : loadTickMs,
    dataBytes,
    onProgress: progress(name),
  });
}

function requireFaultless({ faults }: LoadRunResult): void {
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
async function findCandidate(
  network: LocalNetwork,
  signer: LoadSigner,
  probes: ThroughputRun[],
): Promise<number> {
  let sustained = 0;
  for (let rate = probeFrom, step = probeStep; step >= probeStepMin && rate <= probeTop; ) {
    const verifyUs = verifyMicroseconds();
    const result = await loadAt(network, signer, rate, probeMs, `probe ${rate}/s`);
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

interface Sustained {
  readonly rate: number;
  readonly runs: readonly ThroughputRun[];
  readonly cpuMicroseconds: number;
  readonly envelopeBytes: number;
}

/**
 * At one rate so many runs that their medians are known: most of them must hold, and all are reported. Where too many
 * do not, all are run again a little below what was certified, and a twentieth below what was offered at least.
 */
async function confirm(
  network: LocalNetwork,
  signer: LoadSigner,
  candidate: number,
  probes: ThroughputRun[],
): Promise<Sustained> {
  let rate = candidate;
  for (;;) {
    const runs: ThroughputRun[] = [];
    const before = cpuSeconds(network);
    let envelopeBytes = 0;
    const failed = (): number => runs.filter(({ sustained }) => !sustained).length;
    while (runs.length < runsWanted && failed() <= failuresMax) {
      const verifyUs = verifyMicroseconds();
      const result = await loadAt(network, signer, rate, steadyMs, `run ${runs.length + 1} at ${rate}/s`);
      envelopeBytes = result.envelopeBytes;
      const run = throughputOf(rate, result, verifyUs);
      runs.push(run);
      say(`\rrun ${runs.length}  ${describe(run)}`);
    }
    const cpu = cpuSeconds(network) - before;
    if (failed() <= failuresMax) {
      const transactions = runs.length * rate * ((steadyMs + seconds(5)) / 1_000);
      const cpuMicroseconds = Math.round((cpu * 1e6) / transactions / network.size);
      return { rate, runs, cpuMicroseconds, envelopeBytes };
    }
    probes.push(...runs);
    const certified = median(runs.map((run) => run.certifiedPerSecond));
    rate = Math.floor(Math.min(0.95 * rate, 0.97 * certified) / 50) * 50;
    if (rate < 100) throw new Error('no rate could be sustained');
  }
}

const cpuSeconds = (network: LocalNetwork): number =>
  network.gateways.reduce((sum, _, i) => sum + (processUsage(network.pidOf(i))?.cpuSeconds ?? 0), 0);

async function latencyAt(
  network: LocalNetwork,
  signer: LoadSigner,
  rate: number,
  name: string,
): Promise<LatencyFigures> {
  const result = await loadAt(network, signer, rate, steadyMs, name);
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

async function measure(network: LocalNetwork): Promise<BenchReport> {
  const signer = await network.signer();
  await network.startAll();
  const probes: ThroughputRun[] = [];
  const candidate =
    values.rate === undefined ? await findCandidate(network, signer, probes) : Number(values.rate);
  const sustained = await confirm(network, signer, candidate, probes);
  const half = Math.round(sustained.rate / 2);
  const atHalfRate = await latencyAt(network, signer, half, 'half rate');
  const idle = await latencyAt(network, signer, idlePerSecond, 'idle');
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
  const directory = mkdtempSync(join(tmpdir(), 'concordat-bench-'));
  const network = await LocalNetwork.found(
    { directory, validators: 4, port: Number(values.port) },
    // Under a flood each says what it refuses, over and over.
    (validator, line) => {
      if (values.scenario === undefined) say(`${validator}: ${line}`);
    },
  );
  try {
    if (values.scenario === 'flood') {
      await flood(network);
    } else {
      const report = await measure(network);
      console.log(values.json ? JSON.stringify(report, undefined, 2) : reportPage(report));
    }
  } finally {
    await network.stop();
    if (values.keep) say(`data kept in ${directory}`);
    else rmSync(directory, { recursive: true });
  }
}
