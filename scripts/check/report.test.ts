import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeFailures, type Outcome, outcomeOfCommand, readOutcome } from './report.ts';

const files = {
  'sums.test.js': `
    describe('sums', () => {
      it('adds', () => { expect(1 + 1).toBe(2); });
      it('doubts', () => { expect(1 + 1).toBe(3); });
      it.skip('rests', () => {});
    });
    it('throws over several lines', () => { throw new Error('the first line\\nthe second line'); });
  `,
  'unloadable.test.js': `import './nowhere.js'; it('never runs', () => {});`,
  'hook.test.js': `
    describe('a hook', () => {
      beforeAll(() => { throw new Error('no hook'); });
      it('is not reached', () => {});
    });
  `,
  'sound.test.js': `it('is sound', () => {});`,
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-report-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What vitest itself makes of such files. */
function outcomeOf(suite: string, names: readonly (keyof typeof files)[]): Outcome {
  const root = join(folder, suite);
  mkdirSync(root);
  for (const name of names) writeFileSync(join(root, name), files[name]);
  const report = join(root, 'report.json');
  const { status } = spawnSync(
    process.execPath,
    [
      ...['node_modules/vitest/vitest.mjs', 'run', '--root', root, '--globals'],
      ...['--maxWorkers=1', '--reporter=json', `--outputFile=${report}`],
    ],
    { env: { PATH: process.env.PATH } },
  );
  return readOutcome('trial tests', report, status ?? 1);
}

describe('the end of the checks', () => {
  it('names each failed test with the first line of its error, and suites that failed outside of tests', () => {
    const { counts, failures } = outcomeOf('failing', [
      'sums.test.js',
      'unloadable.test.js',
      'hook.test.js',
      'sound.test.js',
    ]);
    const nameOf = (file: string): string => relative(process.cwd(), join(folder, 'failing', file));
    const told = new Map(failures.map(({ name, reasons }) => [name, reasons]));
    expect([...told.keys()].sort()).toEqual(
      [
        nameOf('hook.test.js'),
        `${nameOf('sums.test.js')} > sums > doubts`,
        `${nameOf('sums.test.js')} > throws over several lines`,
        nameOf('unloadable.test.js'),
      ].sort(),
    );
    expect(told.get(`${nameOf('sums.test.js')} > sums > doubts`)).toEqual([
      'AssertionError: expected 2 to be 3 // Object.is equality',
    ]);
    expect(told.get(`${nameOf('sums.test.js')} > throws over several lines`)).toEqual([
      'Error: the first line',
    ]);
    expect(told.get(nameOf('unloadable.test.js'))?.[0]).toMatch(/nowhere\.js/);
    expect(told.get(nameOf('hook.test.js'))?.[0]).toMatch(/hook/);
    expect(counts).toMatchObject({ passed: 2, failed: 4 });
    expect(counts.skipped).toBeGreaterThanOrEqual(1);
  });

  it('has nothing to name when all passed', () => {
    const { counts, failures } = outcomeOf('passing', ['sound.test.js']);
    expect(counts).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(describeFailures(failures)).toBe('');
  });

  it('names the step if a run breaks down before it reports, or fails without a failed test', () => {
    const absent = readOutcome('trial tests', join(folder, 'absent.json'), 1);
    expect(absent.counts.failed).toBe(1);
    expect(absent.failures[0]?.name).toBe('trial tests');
    expect(absent.failures[0]?.reasons[0]).toMatch(/absent\.json/);
    const sound = join(folder, 'sound.json');
    writeFileSync(
      sound,
      JSON.stringify({ numPassedTests: 3, numPendingTests: 0, numTodoTests: 0, testResults: [] }),
    );
    expect(readOutcome('trial tests', sound, 1)).toMatchObject({
      counts: { passed: 3, failed: 1 },
      failures: [{ name: 'trial tests' }],
    });
  });

  it('counts a step that is no test suite as one test', () => {
    expect(outcomeOfCommand('lint', 0)).toEqual({
      counts: { passed: 1, failed: 0, skipped: 0 },
      failures: [],
    });
    const { counts, failures } = outcomeOfCommand('lint', 2);
    expect(counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(describeFailures(failures)).toBe('lint\n    ended with exit code 2');
  });
});
