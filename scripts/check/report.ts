/** What a step of the checks came to: how many tests passed, and which did not, by name. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Something that failed, as a reader of the end of a log needs it. */
export interface Failure {
  /** `file > suite > test`; the file alone if it failed outside of its tests. */
  readonly name: string;
  /** First line of each error message. */
  readonly reasons: readonly string[];
}

export interface Outcome {
  readonly counts: Counts;
  readonly failures: readonly Failure[];
}

/** vitest's JSON report, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly SuiteReport[];
}

interface SuiteReport {
  /** Path of the file. */
  readonly name: string;
  readonly status: 'passed' | 'failed';
  /** Why the file could not be loaded; empty if it could. */
  readonly message: string;
  readonly assertionResults: readonly TestReport[];
}

interface TestReport {
  /** Names of the suites around it; the file's own comes first, and is empty. */
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

export const addCounts = (one: Counts, other: Counts): Counts => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

/** A step that is no test suite counts as one test. */
export function outcomeOfCommand(name: string, exitCode: number): Outcome {
  return exitCode === 0
    ? { counts: { passed: 1, failed: 0, skipped: 0 }, failures: [] }
    : failedOnce(name, `ended with exit code ${exitCode}`);
}

/**
 * Reads vitest's JSON report. A suite that failed outside of its tests, since it could not be loaded or one of its
 * hooks failed, counts as one failure; so does a run that says no more than that it failed.
 *
 * @param name of the step
 * @param file JSON report, which a run that broke down does not write
 */
export function readOutcome(name: string, file: string, exitCode: number): Outcome {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (error) {
    return failedOnce(name, `no report at ${file}: ${String(error)}`);
  }
  const failures = report.testResults.flatMap(failuresOfSuite);
  if (exitCode !== 0 && failures.length === 0)
    failures.push({
      name,
      reasons: [`ended with exit code ${exitCode}: an error outside of all tests, told above`],
    });
  return {
    counts: {
      passed: report.numPassedTests,
      failed: failures.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    failures,
  };
}

export function describeFailures(failures: readonly Failure[]): string {
  return failures.flatMap(({ name, reasons }) => [name, ...reasons.map((line) => `    ${line}`)]).join('\n');
}

function failuresOfSuite({ name, status, message, assertionResults }: SuiteReport): Failure[] {
  if (status === 'passed') return [];
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const ofTests = failed.map(({ ancestorTitles, title, failureMessages }) => ({
    name: [file, ...ancestorTitles.filter((suite) => suite !== ''), title].join(' > '),
    reasons: failureMessages.map(firstLine),
  }));
  if (message === '' && failed.length > 0) return ofTests;
  const reason = message === '' ? 'a hook of one of its suites failed, told above' : firstLine(message);
  return [{ name: file, reasons: [reason] }, ...ofTests];
}

const failedOnce = (name: string, reason: string): Outcome => ({
  counts: { passed: 0, failed: 1, skipped: 0 },
  failures: [{ name, reasons: [reason] }],
});

const firstLine = (message: string): string => message.trimStart().split('\n', 1)[0]!;
