/**
 * Runs the project's checks one after another, goes on after a failure so that one run tells everything, and
 * ends with the names of what failed, the steps with their times, and `N passed, N failed, N skipped` alone on the
 * last line.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Counts,
  describeFailures,
  type Failure,
  type Outcome,
  outcomeOfCommand,
  readOutcome,
} from './report.ts';
import { type Scope, type Step, scopes, stepsOf } from './steps.ts';

function run(command: readonly string[]): Promise<number> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function runStep(step: Step, reports: string): Promise<Outcome> {
  if (step.project === undefined) return outcomeOfCommand(step.name, await run(step.command));
  const file = join(reports, `${step.project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  return readOutcome(step.name, file, await run([...step.command, ...reporters]));
}

async function runAll(steps: readonly Step[]): Promise<number> {
  const reports = mkdtempSync(join(tmpdir(), 'concordat-checks-'));
  const started = performance.now();
  const lines: string[] = [];
  const failures: Failure[] = [];
  let total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    console.log(`\n── ${step.name}`);
    const stepStarted = performance.now();
    const { counts, failures: ofStep } = await runStep(step, reports);
    failures.push(...ofStep);
    total = {
      passed: total.passed + counts.passed,
      failed: total.failed + counts.failed,
      skipped: total.skipped + counts.skipped,
    };
    const seconds = ((performance.now() - stepStarted) / 1000).toFixed(1).padStart(6);
    lines.push(
      `${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${seconds} s  ${step.name} (${counts.passed} passed)`,
    );
  }
  rmSync(reports, { recursive: true });
  if (failures.length > 0) console.log(`\nfailed:\n${describeFailures(failures)}`);
  console.log(`\n${lines.join('\n')}`);
  console.log(`in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 ? 0 : 1;
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
