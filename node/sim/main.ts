/** `npm run sim`: see `help` in options.ts. */
import { hash } from 'node:crypto';
import { isMainThread, parentPort } from 'node:worker_threads';
import { installSha256 } from '../../shared/crypto/sha256.ts';
import { runCampaign } from './campaign.ts';
import { type Crew, hireCrew, runShare, type Share } from './crew.ts';
import { help, readOptions, type SimOptions, stepsOf } from './options.ts';
import { describeRules, describeShrunk, describeSummary, type Summary, summarize } from './report.ts';
import { openRunState, type RunState } from './run-state.ts';
import { shrink } from './shrink.ts';
import type { Tally } from './tally.ts';
import { runUniverse } from './universe.ts';

const progressEveryMs = 10_000;
/** Shrinking takes a hundred runs: one failure explained is worth more than ten named. */
const shrunkAtMost = 2;
const hourMs = 3_600_000;

async function main(options: SimOptions): Promise<boolean> {
  const state = openRunState(options);
  const crew = hireCrew(options.workers, new URL(import.meta.url));
  const untilMs = performance.now() + options.hours * hourMs;
  let failed = false;
  for (const [index, replicas] of options.replicas.entries()) {
    const remaining = options.replicas.length - index;
    const shareMs = (untilMs - performance.now()) / remaining;
    const { failedSeeds, asleep } = await runOne(crew, options, replicas, state, performance.now() + shareMs);
    failed ||= failedSeeds.length > 0 || asleep.length > 0;
  }
  crew.close();
  return failed;
}

async function runOne(
  crew: Crew,
  options: SimOptions,
  replicas: number,
  state: RunState,
  untilMs: number,
): Promise<Summary> {
  const { nextSeed, tally: before } = state.progressOf(replicas);
  if (before.seeds > 0) say(`${replicas} replicas: goes on at seed ${nextSeed}`);
  const advanced = progressTeller(options, replicas, before.seeds, untilMs);
  const tally = await runCampaign(crew, options, replicas, state, untilMs, { advanced });
  const summary = summarize(replicas, options.profile, tally);
  process.stdout.write(`${options.json ? JSON.stringify(summary) : describeSummary(summary)}\n`);
  if (!options.json && tally.seeds > 1) process.stdout.write(`${describeRules(summary)}\n`);
  explain(options, replicas, tally);
  return summary;
}

/** Rate and time left, now and then, on the error stream: results alone go to the other. */
function progressTeller(
  { seeds }: SimOptions,
  replicas: number,
  seedsBefore: number,
  untilMs: number,
): (tally: Tally) => void {
  const startedMs = performance.now();
  let toldMs = startedMs;
  return (tally) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < progressEveryMs || tally.seeds === seedsBefore) return;
    toldMs = nowMs;
    const perSecond = (1_000 * (tally.seeds - seedsBefore)) / (nowMs - startedMs);
    const leftS = Math.max(0, Math.min((seeds - tally.seeds) / perSecond, (untilMs - nowMs) / 1_000));
    const of = Number.isFinite(seeds) ? ` of ${seeds}` : '';
    say(
      `${replicas} replicas: ${tally.seeds}${of} seeds, ${perSecond.toFixed(1)} a second, ${minutes(leftS)} left, ${tally.failed.length} failed`,
    );
  };
}

const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

function explain(options: SimOptions, replicas: number, { failed }: Tally): void {
  const { shrinks, profile } = options;
  const steps = stepsOf(options, replicas);
  for (const { seed, step, claim } of failed) say(`Seed ${seed}, step ${step}: ${claim}`);
  if (!shrinks) return;
  for (const { seed } of failed.slice(0, shrunkAtMost)) {
    say(`Looking for the shortest schedule of seed ${seed} …`);
    const result = runUniverse(seed, replicas, steps, profile);
    say(describeShrunk(shrink(result, steps, profile)));
  }
}

const say = (text: string): boolean => process.stderr.write(`${text}\n`);

installSha256((bytes) => new Uint8Array(hash('sha256', bytes, 'buffer')));
if (isMainThread) {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(help);
  else process.exitCode = (await main(options)) ? 1 : 0;
} else {
  parentPort?.on('message', (share: Share) => parentPort?.postMessage(runShare(share)));
}
