/**
 * Runs the project's checks one after another, goes on after a failure so that one run tells everything, and
 * ends with `N passed, N failed, N skipped` alone on the last line. A step that is not a test suite counts as one test.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Scope, type Step, scopes, stepsOf } from './steps.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function run(command: readonly string[]): Promise<number> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Reads vitest's JSON report; a suite that could not even load counts as one failure. */
function readReport(file: string, exitCode: number): Counts {
  let report: {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
  };
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as typeof report;
  } catch (error) {
    console.error(`no report at ${file}: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report;
  const unnamed = exitCode !== 0 && numFailedTests === 0 ? 1 : 0;
  return {
    passed: numPassedTests,
    failed: numFailedTests + unnamed,
    skipped: numPendingTests + numTodoTests,
  };
}

async function runStep(step: Step, reports: string): Promise<Counts> {
  if (step.project === undefined) {
    const ok = (await run(step.command)) === 0;
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  }
  const file = join(reports, `${step.project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  return readReport(file, await run([...step.command, ...reporters]));
}

async function runAll(steps: readonly Step[]): Promise<number> {
  const reports = mkdtempSync(join(tmpdir(), 'concordat-checks-'));
  const started = performance.now();
  const lines: string[] = [];
  let total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    console.log(`\n── ${step.name}`);
    const stepStarted = performance.now();
    const counts = await runStep(step, reports);
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
