/** `npm run sim`: see `help` in options.ts. */
import { hash } from 'node:crypto';
import { isMainThread, parentPort } from 'node:worker_threads';
import { installSha256 } from '../../shared/crypto/sha256.ts';
import { runCampaign } from './campaign.ts';
import { type Crew, hireCrew, runShare, type Share } from './crew.ts';
import { digestOfUniverses, repositoryRoot, runningCode } from './mutants/sources.ts';
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
  const state = openRunState(options, () => digestOfUniverses(repositoryRoot(), runningCode()));
  if (state.isOther)
    say(`${options.state} holds a run of other seeds, steps, universes or code: this one begins anew`);
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
  tellFailed(before.failed);
  const advanced = progressTeller(options, replicas, before, untilMs);
  const tally = await runCampaign(crew, options, replicas, state, untilMs, { advanced });
  const summary = summarize(replicas, options.profile, tally);
  process.stdout.write(`${options.json ? JSON.stringify(summary) : describeSummary(summary)}\n`);
  if (!options.json && tally.seeds > 1) process.stdout.write(`${describeRules(summary)}\n`);
  explain(options, replicas, tally);
  return summary;
}

/**
 * Rate and time left, now and then, and each seed that fails as soon as it is known, on the error stream: results alone
 * go to the other.
 */
function progressTeller(
  { seeds }: SimOptions,
  replicas: number,
  { seeds: seedsBefore, failed }: Tally,
  untilMs: number,
): (tally: Tally) => void {
  const startedMs = performance.now();
  let toldMs = startedMs;
  let failedTold = failed.length;
  return (tally) => {
    tellFailed(tally.failed.slice(failedTold));
    failedTold = tally.failed.length;
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

function tellFailed(failed: Tally['failed']): void {
  for (const { seed, step, claim } of failed) say(`Seed ${seed}, step ${step}: ${claim}`);
}

function explain(options: SimOptions, replicas: number, { failed }: Tally): void {
  const { shrinks, profile } = options;
  const steps = stepsOf(options, replicas);
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
