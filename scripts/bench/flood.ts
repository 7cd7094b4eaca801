/**
 * One of four validators is an enemy that holds its keys and sends as fast as the others take it. Measured at the
 * other three: latency of honest load with and without the flood, and memory.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LocalNetwork } from '../lib/local-network.ts';
import { processUsage } from '../lib/process-usage.ts';
import type { LoadSigner } from '../lib/signed-load.ts';
import { median, percentile, rounded } from '../lib/statistics.ts';
import type { EnemyKind } from './flood-kinds.ts';
import {
  type Flood,
  type FloodRow,
  floods,
  growthMebibytesMax,
  latencyHolds,
  type Measured,
  memoryHolds,
  p99RatioMax,
  rowOf,
} from './flood-rows.ts';
import { type LoadedNetwork, runLoad } from './load-run.ts';
import { busyShare } from './machine-speed.ts';

export interface FloodOptions {
  readonly ratePerSecond: number;
  /** How often each kind is measured, in turn with all others; medians count. */
  readonly rounds: number;
  readonly steadyMs: number;
  readonly dataBytes: number;
  readonly say: (line: string) => void;
}

export interface FloodReport {
  readonly scenario: 'flood';
  readonly ratePerSecond: number;
  readonly rounds: number;
  /** Median share of all cores that was busy before a run: what else this machine did. */
  readonly busyBefore: number;
  readonly rows: readonly FloodRow[];
  readonly latencyHolds: boolean;
  readonly memoryHolds: boolean;
}

const warmUpMs = 3_000;
const sampleMs = 200;
const lookMs = 1_000;
const mebibyte = 2 ** 20;

export async function measureFlood(network: LocalNetwork, options: FloodOptions): Promise<FloodReport> {
  const signer = await network.signer();
  const enemy = network.size - 1;
  for (let index = 0; index < enemy; index += 1) network.start(index);
  await network.ready();
  // What is compiled and cached by the first load would count for the flood.
  await loadOthers(network, signer, { ...options, steadyMs: options.steadyMs / 2 });
  const runs: Measured[] = [];
  for (let round = 0; round < options.rounds; round += 1)
    for (const kind of floods) runs.push(await measured(network, signer, kind, options));
  const rows = floods.map((kind) => rowOf(kind, runs));
  return {
    scenario: 'flood',
    ratePerSecond: options.ratePerSecond,
    rounds: options.rounds,
    busyBefore: Math.round(100 * median(runs.map(({ busyBefore }) => busyBefore))) / 100,
    rows,
    latencyHolds: latencyHolds(rows),
    memoryHolds: memoryHolds(rows),
  };
}

const othersOf = (network: LocalNetwork): LoadedNetwork => ({
  gateways: network.gateways.slice(0, -1),
  trusted: network.trusted,
  session: network.session,
  completed: network.completed,
  size: network.size - 1,
});

const loadOthers = (network: LocalNetwork, signer: LoadSigner, options: FloodOptions) =>
  runLoad(othersOf(network), signer, {
    ratePerSecond: options.ratePerSecond,
    warmUpMs,
    steadyMs: options.steadyMs,
    drainMs: 10_000,
    tickMs: 20,
    dataBytes: options.dataBytes,
    onProgress: () => undefined,
  });

async function measured(
  network: LocalNetwork,
  signer: LoadSigner,
  flood: Flood,
  options: FloodOptions,
): Promise<Measured> {
  const busyBefore = await busyShare(lookMs);
  const memory = watchMemory(network);
  const seconds = (warmUpMs + options.steadyMs) / 1_000 + 1;
  const flooding = flood === 'none' ? undefined : startFlooder(network, flood, seconds);
  const result = await loadOthers(network, signer, options);
  const sent = (await flooding) ?? { frames: 0, bytes: 0 };
  if (result.faults.length > 0) throw new Error(`the network broke its promise: ${result.faults[0]}`);
  const row: Measured = {
    flood,
    busyBefore,
    completed: result.completedOnAll / result.offered,
    p50Ms: rounded(percentile(result.certificateMs, 0.5)),
    p99Ms: rounded(percentile(result.certificateMs, 0.99)),
    residentBefore: memory.before,
    residentMax: memory.stop(),
    framesPerSecond: Math.round(sent.frames / seconds),
    mebibytesPerSecond: rounded(sent.bytes / seconds / mebibyte),
  };
  options.say(`flood ${flood}: p99 ${row.p99Ms} ms`);
  return row;
}

function watchMemory(network: LocalNetwork): { readonly before: number; stop(): number } {
  const largest = (): number => {
    const resident = network.gateways
      .slice(0, -1)
      .map((_, index) => processUsage(network.pidOf(index))?.residentBytes ?? 0);
    return Math.round(Math.max(...resident) / mebibyte);
  };
  const before = largest();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, largest());
  }, sampleMs);
  return {
    before,
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

function startFlooder(
  network: LocalNetwork,
  kind: EnemyKind,
  seconds: number,
): Promise<{ frames: number; bytes: number }> {
  const program = fileURLToPath(new URL('./flooder-child.js', import.meta.url));
  const { nodeFile } = network.completed.nodes.at(-1)!;
  const child = spawn(process.execPath, [program, nodeFile, kind, String(seconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as { frames: number; bytes: number });
      else reject(new Error(`the flooder ended with ${code}`));
    });
  });
}

const describe = (row: FloodRow): string =>
  `flood ${row.flood.padEnd(12)} p50 ${row.p50Ms} ms, p99 ${row.p99Ms} ms of ${row.p99MsOfRounds.join(', ')} (× ${row.p99Ratio}; × ${row.p99RatioToSpinning} of spinning), completed ${(row.completed * 100).toFixed(1)} %, memory ${row.residentBefore} → ${row.residentMax} MiB, sent ${row.framesPerSecond} frames/s, ${row.mebibytesPerSecond} MiB/s`;

export function floodPage(report: FloodReport): string {
  return [
    `Flood by one of four validators; ${report.ratePerSecond} honest transactions/s at the other three, ${report.rounds} rounds, the machine ${Math.round(100 * report.busyBefore)} % busy before each`,
    ...report.rows.map(describe),
    `p99 within × ${p99RatioMax}: ${report.latencyHolds ? 'yes' : 'NO'}; memory within ${growthMebibytesMax} MiB: ${report.memoryHolds ? 'yes' : 'NO'}`,
  ].join('\n');
}
