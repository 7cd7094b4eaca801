/**
 * `npm run sim -- [--seed N] [--seeds COUNT] [--replicas 4|7] [--steps K] [--json]`: runs COUNT universes from
 * seed N on, and says what it saw. Exit code 1 if an invariant broke; the seed replays it exactly.
 */
import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { installSha256 } from '../../shared/crypto/sha256.ts';
import { describeFailure, describeSummary, summarize } from './report.ts';
import { runUniverse, type UniverseResult } from './universe.ts';

interface Arguments {
  readonly seed: number;
  readonly seeds: number;
  readonly replicas: readonly number[];
  readonly steps: number;
  readonly json: boolean;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string' },
      replicas: { type: 'string' },
      steps: { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
    },
  });
  return {
    seed: positive('seed', values.seed),
    seeds: positive('seeds', values.seeds ?? '1'),
    replicas: values.replicas === undefined ? [4, 7] : [positive('replicas', values.replicas)],
    steps: positive('steps', values.steps),
    json: values.json,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a positive integer`);
  return value;
}

function runAll(replicas: number, { seed, seeds, steps }: Arguments): UniverseResult[] {
  const results: UniverseResult[] = [];
  for (let offset = 0; offset < seeds; offset += 1) {
    results.push(runUniverse(seed + offset, replicas, steps));
  }
  return results;
}

function main(): void {
  installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
  const args = readArguments();
  let failed = false;
  for (const replicas of args.replicas) {
    const startedMs = performance.now();
    const results = runAll(replicas, args);
    const summary = summarize(results, performance.now() - startedMs);
    for (const result of results) {
      if (result.failure !== undefined) process.stderr.write(`${describeFailure(result)}\n`);
    }
    failed ||= summary.failedSeeds.length > 0;
    process.stdout.write(`${args.json ? JSON.stringify(summary) : describeSummary(summary)}\n`);
  }
  process.exitCode = failed ? 1 : 0;
}

main();
