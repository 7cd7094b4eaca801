/**
 * Runs one unit test with a mutant's text in the place of a source, or without: for bugs of what the simulator does
 * not have. Nothing in the repository is touched: the test runner is given the changed text as it reads the file.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { editsOf, type Mutant } from './types.ts';
import { directoryNameOf, mutated, type Workshop } from './workshop.ts';

/** A test file takes a few seconds. */
const limitMs = 300_000;

/** The part of vitest's JSON report that is read. */
interface TestReport {
  readonly testResults: readonly {
    /** Of a file that could not be run at all. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/**
 * @returns undefined if all tests of the file pass, else which one fails first, and how
 * @throws Error if not a single test ran: then nothing is said about the bug
 */
export async function failureOf(
  workshop: Workshop,
  test: string,
  mutant?: Mutant,
): Promise<string | undefined> {
  const { root, home } = workshop;
  const name = `${mutant === undefined ? 'clean' : directoryNameOf(mutant)}-${test.replaceAll(/[^a-z0-9]+/gi, '-')}`;
  const config = join(home, `${name}.config.mjs`);
  const report = join(home, `${name}.json`);
  const texts = mutant === undefined ? [] : editsOf(mutant);
  writeFileSync(
    config,
    configOf(test, new Map(texts.map((edit) => [join(root, edit.file), mutated(root, mutant!, edit)]))),
  );
  await run(root, ['--config', config, '--configLoader', 'native', '--outputFile', report]);
  return firstFailure(test, JSON.parse(readFileSync(report, 'utf8')) as TestReport);
}

const configOf = (test: string, texts: ReadonlyMap<string, string>): string => `
const texts = new Map(${JSON.stringify([...texts])});
export default {
  plugins: [{ name: 'known-bug', enforce: 'pre', load: (id) => texts.get(id.split('?')[0]) }],
  test: { include: [${JSON.stringify(test)}], environment: 'node', testTimeout: 60_000, hookTimeout: 60_000 },
};
`;

function run(root: string, args: readonly string[]): Promise<void> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--root', root, '--reporter', 'json', '--bail', '1', ...args],
    { stdio: 'ignore', timeout: limitMs },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}

function firstFailure(test: string, { testResults }: TestReport): string | undefined {
  const assertions = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = assertions.find(({ status }) => status === 'failed');
  if (failed !== undefined)
    return `${failed.fullName}: ${failed.failureMessages[0]?.split('\n')[0] ?? 'it fails'}`;
  if (assertions.some(({ status }) => status === 'passed')) return undefined;
  throw new Error(`${test} did not run: ${testResults.map(({ message }) => message).join('\n')}`);
}
