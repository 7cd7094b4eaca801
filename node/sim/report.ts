/** What a run of many universes amounts to, for people and for machines. */
import { asleep } from './expected.ts';
import { protocolRules } from './rule-coverage.ts';
import type { Shrunk } from './shrink.ts';
import { longestHealedMs, medianHealedMs, medianOf, type Tally } from './tally.ts';

export interface Summary {
  readonly replicas: number;
  readonly profile: string;
  readonly seeds: number;
  readonly steps: number;
  readonly stepsPerSeed: number;
  readonly simulatedHours: number;
  readonly machineSeconds: number;
  readonly commitsMedian: number;
  readonly transactions: number;
  /** Share of seeds in which somebody asked for another view. */
  readonly viewChangeShare: number;
  readonly faults: number;
  readonly crashes: number;
  readonly faultyShare: number;
  readonly faultyRoles: { readonly [role: string]: number };
  readonly healedMedianMs: number;
  readonly healedMaxMs: number;
  /** Rule → path → how often. */
  readonly rules: { readonly [rule: string]: { readonly [path: string]: number } };
  /** Rules of the protocol of which nothing was met. */
  readonly rulesNotMet: readonly string[];
  /** Fault that took effect, or lie that was told → how often. */
  readonly met: { readonly [what: string]: number };
  /** Those that a run of this length should have met (expected.ts). */
  readonly asleep: readonly string[];
  readonly failedSeeds: readonly number[];
}

export function summarize(replicas: number, profile: string, tally: Tally): Summary {
  const seeds = Math.max(1, tally.seeds);
  const rules = byRule(tally.rules);
  return {
    replicas,
    profile,
    seeds: tally.seeds,
    steps: tally.steps,
    stepsPerSeed: Math.round(tally.steps / seeds),
    simulatedHours: round(tally.virtualMs / 3_600_000, 3),
    machineSeconds: round(tally.machineMs / 1_000, 1),
    commitsMedian: medianOf(tally.commits),
    transactions: tally.transactions,
    viewChangeShare: round(tally.viewChangeSeeds / seeds, 3),
    faults: tally.faults,
    crashes: tally.crashes,
    faultyShare: round(tally.faultySeeds / seeds, 3),
    faultyRoles: tally.roles,
    healedMedianMs: medianHealedMs(tally),
    healedMaxMs: longestHealedMs(tally),
    rules,
    rulesNotMet: protocolRules.filter((rule) => rules[rule] === undefined),
    met: tally.met,
    asleep: profile === 'usual' ? asleep(tally) : [],
    failedSeeds: tally.failed.map(({ seed }) => seed),
  };
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** A path is named by its rule, a space, and what was met. */
function byRule(paths: Tally['rules']): Summary['rules'] {
  const rules: { [rule: string]: { [path: string]: number } } = {};
  for (const path of Object.keys(paths).sort()) {
    const [rule = '', ...words] = path.split(' ');
    rules[rule] = { ...rules[rule], [words.join(' ')]: paths[path] ?? 0 };
  }
  return rules;
}

export function describeSummary(summary: Summary): string {
  const verdict =
    summary.failedSeeds.length === 0
      ? 'all invariants held'
      : `BROKEN in seeds ${summary.failedSeeds.join(' ')}`;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const roles = Object.entries(summary.faultyRoles).map(([role, count]) => `${role} ${count}`);
  const { rulesNotMet: notMet } = summary;
  const met = protocolRules.filter((rule) => !notMet.includes(rule));
  const paths = Object.values(summary.rules).reduce((sum, all) => sum + Object.keys(all).length, 0);
  return [
    `${summary.replicas} replicas, ${count(summary.seeds)} seeds, ${count(summary.steps)} steps: ${verdict}`,
    `  ${summary.commitsMedian} blocks a seed (median), ${count(summary.transactions)} transactions, view changes in ${percent(summary.viewChangeShare)} of the seeds`,
    `  ${count(summary.faults)} faults, ${count(summary.crashes)} crashes; somebody faulty for good in ${percent(summary.faultyShare)} of the seeds${roles.length === 0 ? '' : `: ${roles.sort().join(', ')}`}`,
    `  agreement ${summary.healedMedianMs} ms after healing (median), at most ${summary.healedMaxMs} ms`,
    `  rules met: ${met.length} of ${protocolRules.length} on ${paths} paths (${met.join(' ')})${notMet.length === 0 ? '' : `; nothing of ${notMet.join(' ')}`}`,
    `  faults and lies met: ${Object.keys(summary.met).length} kinds${summary.asleep.length === 0 ? '' : `; ASLEEP: ${summary.asleep.join(', ')}`}`,
    `  ${summary.simulatedHours} h simulated in ${summary.machineSeconds} s of machine time, ${perSeed(summary)} ms a seed`,
  ].join('\n');
}

const perSeed = ({ machineSeconds, seeds }: Summary): number =>
  Math.round((1_000 * machineSeconds) / Math.max(1, seeds));

const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** How often each path of each rule was met, each fault took effect, each lie was told. */
export function describeRules({ rules, met }: Summary): string {
  const metLines = Object.entries(met)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([what, times]) => `      ${count(times).padStart(12)}  ${what}`);
  return [...ruleLines(rules), ...metLines].join('\n');
}

function ruleLines(rules: Summary['rules']): readonly string[] {
  return Object.entries(rules).flatMap(([rule, paths]) =>
    Object.entries(paths).map(([path, times]) => `  ${rule.padEnd(3)} ${count(times).padStart(12)}  ${path}`),
  );
}

export function describeShrunk({ result, faultsBefore, stillThere, runs, profile, steps }: Shrunk): string {
  const { seed, replicas, failure, faults, roster } = result;
  if (failure === undefined) return '';
  return [
    `Seed ${seed} with ${replicas} replicas breaks at step ${failure.step}: ${failure.claim}`,
    `The shortest schedule that was found in ${runs} runs has ${faults.length} of ${faultsBefore} faults:`,
    ...faults.map(({ atMs, prose }) => `  at ${atMs.toFixed(0).padStart(6)} ms  ${prose}`),
    `  all the time: ${roster}${stillThere.length === 0 ? '; the network is perfect' : `; ${stillThere.join(', ')}`}`,
    'What happened last:',
    ...failure.story.map((line) => `  ${line}`),
    `Replay: npm run sim -- --seed ${seed} --replicas ${replicas} --steps ${steps}${profile === 'usual' ? '' : ` --profile ${profile}`}`,
  ].join('\n');
}
