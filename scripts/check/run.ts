/**
 * Runs the project's checks one after another, goes on after a failure so that one run tells everything, and
 * ends with `N passed, N failed, N skipped` alone on the last line. A step that is not a test suite counts as one test.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** vitest project whose tests are counted one by one. */
  readonly project?: string;
}
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const vitest = (project: string): Step => ({
  name: `${project} tests`,
  command: ['npx', 'vitest', 'run', '--project', project],
  project,
});

const simulation = (replicas: number): readonly string[] => [
  ...['node', '--single-threaded-gc', 'dist/node/sim/main.js'],
  ...['--replicas', String(replicas), '--seeds', '300'],
];

const checkSteps: readonly Step[] = [
  { name: 'format and lint', command: ['npx', 'biome', 'check', '.'] },
  { name: 'types of the pure rooms', command: ['npx', 'tsc', '-p', 'tsconfig.pure.json'] },
  { name: 'types of node, scripts and tests', command: ['npx', 'tsc', '-p', 'tsconfig.test.json'] },
  { name: 'types of the console', command: ['npx', 'tsc', '-p', 'console/tsconfig.json', '--noEmit'] },
  { name: 'import directions and bans', command: ['node', 'dist/scripts/check/tidy.js'] },
  { name: 'dead files and exports', command: ['npx', 'knip'] },
  vitest('unit'),
  {
    name: 'simulation, four replicas',
    command: simulation(4),
  },
  {
    name: 'simulation, seven replicas',
    command: simulation(7),
  },
];
const testSteps: readonly Step[] = [
  ...checkSteps,
  { name: 'fuzzing of every decoder', command: ['node', 'dist/scripts/fuzz/main.js', '--seconds', '60'] },
  vitest('integration'),
  vitest('browser'),
];

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

const scope = process.argv[2];
if (scope !== 'check' && scope !== 'test') {
  console.error('usage: node dist/scripts/check/run.js check|test');
  process.exit(2);
}
process.exit(await runAll(scope === 'check' ? checkSteps : testSteps));
