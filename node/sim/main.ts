/**
 * `npm run sim -- [--seed N] [--seeds COUNT] [--replicas 4|7] [--steps K] [--jobs THREADS] [--json]`: runs COUNT
 * universes from seed N on, and says what it saw. Exit code 1 if an invariant broke; the seed replays it exactly.
 */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { installSha256 } from '../../shared/crypto/sha256.ts';
import { describeFailure, describeSummary, summarize } from './report.ts';
import { runUniverse, type UniverseResult } from './universe.ts';

interface Arguments {
  readonly seed: number;
  readonly seeds: number;
  readonly replicas: readonly number[];
  readonly steps: number;
  readonly jobs: number;
  readonly json: boolean;
}

/** What one thread runs. */
interface Share {
  readonly seeds: readonly number[];
  readonly replicas: number;
  readonly steps: number;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string' },
      replicas: { type: 'string' },
      steps: { type: 'string', default: '2000' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    seed: positive('seed', values.seed),
    seeds: positive('seeds', values.seeds ?? '1'),
    replicas: values.replicas === undefined ? [4, 7] : [positive('replicas', values.replicas)],
    steps: positive('steps', values.steps),
    jobs: positive('jobs', values.jobs),
    json: values.json,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a positive integer`);
  return value;
}

/** Universes do not know of each other: which thread runs one changes nothing. */
async function runAll(replicas: number, { seed, seeds, steps, jobs }: Arguments): Promise<UniverseResult[]> {
  const all = Array.from({ length: seeds }, (_, offset) => seed + offset);
  const threads = Math.min(jobs, seeds);
  const shares = Array.from({ length: threads }, (_, thread): Share => {
    return { seeds: all.filter((_seed, index) => index % threads === thread), replicas, steps };
  });
  const results = threads === 1 ? [runShare(shares[0]!)] : await Promise.all(shares.map(inThread));
  return results.flat().sort((one, other) => one.seed - other.seed);
}

function runShare({ seeds, replicas, steps }: Share): UniverseResult[] {
  return seeds.map((seed) => runUniverse(seed, replicas, steps));
}

function inThread(share: Share): Promise<UniverseResult[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function main(): Promise<void> {
  const args = readArguments();
  let failed = false;
  for (const replicas of args.replicas) {
    const startedMs = performance.now();
    const results = await runAll(replicas, args);
    const summary = summarize(results, performance.now() - startedMs);
    for (const result of results) {
      if (result.failure !== undefined) process.stderr.write(`${describeFailure(result)}\n`);
    }
    failed ||= summary.failedSeeds.length > 0;
    process.stdout.write(`${args.json ? JSON.stringify(summary) : describeSummary(summary)}\n`);
  }
  process.exitCode = failed ? 1 : 0;
}

installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
if (isMainThread) await main();
else parentPort?.postMessage(runShare(workerData as Share));
