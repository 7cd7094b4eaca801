import { describe, expect, it } from 'vitest';
import { type Row, reportJson, reportText } from './report.ts';

const row = (target: string, findings: Row['findings'] = []): Row => ({
  target,
  seconds: 2,
  runs: 3_000,
  accepted: 30,
  kept: 4,
  features: 5,
  covered: 6,
  findings,
});
const finding = { property: 'round-trip', message: 'differs', file: 'regressions/b-12.json' } as const;
const interrupted = { signal: 'SIGTERM', done: 1, of: 67, running: 'b' };

describe('the report of the fuzzer', () => {
  it('has a row for each target, and the sum', () => {
    expect(reportText({ seed: 1, rows: [row('a'), row('b', [finding])] }).split('\n')).toEqual([
      'target  inputs  per second  accepted  kept  features  covered  found',
      'a        3,000       1,500     1.0 %     4         5        6      0',
      'b        3,000       1,500     1.0 %     4         5        6      1',
      '6,000 inputs, 2 targets, 1 broken properties',
    ]);
    const json: unknown = JSON.parse(reportJson({ seed: 1, rows: [row('a')] }));
    expect(json).toEqual({ seed: 1, found: 0, targets: [row('a')] });
  });

  it('of a run that a signal ended says so last, and counts what the running target had found', () => {
    const rows = [row('a'), row('b', [finding])];
    const lines = reportText({ seed: 1, rows, interrupted }).split('\n');
    expect(lines.slice(-2)).toEqual([
      '6,000 inputs, 2 targets, 1 broken properties',
      'INTERRUPTED by SIGTERM: 1 of 67 targets done, b was running',
    ]);
    expect(JSON.parse(reportJson({ seed: 1, rows, interrupted }))).toMatchObject({ found: 1, interrupted });
  });

  it('has a rate for a target that had no time', () => {
    const line = reportText({ seed: 1, rows: [{ ...row('a'), runs: 0, accepted: 0, seconds: 0 }] });
    expect(line).not.toMatch(/NaN|Infinity|∞/);
  });
});
