/**
 * Runs the project's checks, goes on after a failure so that one run tells everything, and ends with the names of
 * what failed, the steps with their times, and `N passed, N failed, N skipped` alone on the last line.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addCounts, describeFailures } from './report.ts';
import { groupsOf, runGroup, type StepEnd } from './run-step.ts';
import { type Scope, type Step, scopes, stepsOf } from './steps.ts';

async function runAll(steps: readonly Step[]): Promise<number> {
  const reports = mkdtempSync(join(tmpdir(), 'concordat-checks-'));
  const started = performance.now();
  const ends: StepEnd[] = [];
  for (const group of groupsOf(steps)) ends.push(...(await runGroup(group, reports)));
  rmSync(reports, { recursive: true });
  const failures = ends.flatMap(({ outcome }) => outcome.failures);
  const total = ends.map(({ outcome }) => outcome.counts).reduce(addCounts);
  if (failures.length > 0) console.log(`\nfailed:\n${describeFailures(failures)}`);
  console.log(`\n${ends.map(lineOf).join('\n')}`);
  console.log(`in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 ? 0 : 1;
}

function lineOf({ step, outcome: { counts }, seconds }: StepEnd): string {
  const verdict = counts.failed === 0 ? 'ok    ' : 'FAILED';
  return `${verdict} ${seconds.toFixed(1).padStart(6)} s  ${step.name} (${counts.passed} passed)`;
}

const usage = `usage: node dist/scripts/check/run.js ${scopes.join('|')} [--only TEXT]... [--list]

  --only TEXT  only steps whose name contains this text; several times for several
  --list       names of the steps, and what each runs
`;

function readArguments(): {
  readonly scope: Scope;
  readonly only: readonly string[];
  readonly list: boolean;
} {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const scope = scopes.find((name) => name === positionals[0]);
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  if (scope === undefined || positionals.length > 1) throw new Error('name one of the scopes');
  return { scope, only: values.only, list: values.list };
}

function chosenSteps(scope: Scope, only: readonly string[]): readonly Step[] {
  const steps = stepsOf(scope).filter(
    ({ name }) => only.length === 0 || only.some((text) => name.includes(text)),
  );
  if (steps.length === 0) throw new Error(`no step of ${scope} is named like ${only.join(' or ')}`);
  return steps;
}

function main(): Promise<number> {
  try {
    const { scope, only, list } = readArguments();
    const steps = chosenSteps(scope, only);
    if (!list) return runAll(steps);
    for (const { name, command } of steps) console.log(`${name}\n    ${command.join(' ')}`);
    return Promise.resolve(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return Promise.resolve(2);
  }
}

process.exit(await main());
