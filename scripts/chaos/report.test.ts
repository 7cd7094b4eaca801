import { describe, expect, it } from 'vitest';
import { reportJson, reportText } from './report.ts';
import type { Row } from './table.ts';
import { killRow } from './test-support.ts';

const kill = killRow();
const flips: Row = { scenario: 'flips', validators: 4, interrupted: true, faults: [] };
const broken: Row = { ...flips, faults: ['ledger.db at 77: serves another block'] };
const interrupted = { signal: 'SIGINT', done: 1, of: 17, running: 'flips on 4' };
const lastLines = (text: string, count: number): readonly string[] => text.split('\n').slice(-count);

describe('a run that is whole', () => {
  it('says that every zero is zero, or which one is not', () => {
    const whole = reportText({ seed: 7, rows: [kill] });
    expect(lastLines(whole, 2)).toEqual([
      'seed 7; worst recovery 2.3 s (kill on 4), within the target of 20 s',
      'every zero is zero',
    ]);
    const failed: Row = {
      scenario: 'wal',
      validators: 7,
      failure: 'v2 did not follow',
      faults: ['v1: defect'],
    };
    expect(lastLines(reportText({ seed: 7, rows: [kill, failed] }), 3)).toEqual([
      'NOT ZERO:',
      '  wal on 7: v2 did not follow',
      '  wal on 7: v1: defect',
    ]);
    expect(JSON.parse(reportJson({ seed: 7, rows: [kill] }))).not.toHaveProperty('interrupted');
  });
});

describe('a run that a signal ended', () => {
  it('never says that every zero is zero, and ends with what it did not do', () => {
    for (const rows of [[kill, flips], [flips], []]) {
      const text = reportText({ seed: 7, rows, interrupted });
      expect(text).not.toContain('every zero');
      expect(lastLines(text, 1)).toEqual([
        'INTERRUPTED by SIGINT: 1 of 17 scenarios done, flips on 4 was running',
      ]);
    }
    const between = { ...interrupted, running: undefined };
    expect(lastLines(reportText({ seed: 7, rows: [kill], interrupted: between }), 1)).toEqual([
      'INTERRUPTED by SIGINT: 1 of 17 scenarios done',
    ]);
  });

  it('tells what the scenario that was running had seen', () => {
    const text = reportText({ seed: 7, rows: [kill, broken], interrupted });
    expect(text).toContain('flips     4  cut off\n    FAULT ledger.db at 77: serves another block');
    expect(lastLines(text, 3)).toEqual([
      'NOT ZERO:',
      '  flips on 4: ledger.db at 77: serves another block',
      'INTERRUPTED by SIGINT: 1 of 17 scenarios done, flips on 4 was running',
    ]);
  });

  it('carries the same in its JSON', () => {
    expect(JSON.parse(reportJson({ seed: 7, rows: [kill, broken], interrupted }))).toMatchObject({
      interrupted,
      violations: ['flips on 4: ledger.db at 77: serves another block'],
      rows: [kill, broken],
    });
  });
});
