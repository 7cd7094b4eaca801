import { expect, it } from 'vitest';
import type { Findings } from './scenario.ts';
import { type Row, tableText, violations, worstRecovery } from './table.ts';
import { killRow } from './test-support.ts';

const row = (findings: Partial<Findings>): Row => killRow({ notes: ['12 of it'], ...findings });

it('prints a row for each, with a skipped and a failed one in plain sight', () => {
  const rows: Row[] = [
    row({}),
    { scenario: 'split', validators: 7, skipped: 'no namespaces' },
    { scenario: 'wal', validators: 4, failure: 'v2 did not follow' },
  ];
  expect(tableText(rows)).toBe(
    [
      'scenario  n   faults  commits  acknowledged  lost  doubled  gap s  recovery s  equivoc.',
      'kill      4        3      120           456     0        0    1.5         2.3         0',
      '    forks 0; 12 of it',
      'split     7  skipped',
      '    skipped: no namespaces',
      'wal       4   FAILED',
      '    v2 did not follow',
    ].join('\n'),
  );
});

it('counts every zero that is none, every fault and every failure, and no skipped row', () => {
  expect(violations([row({}), { scenario: 'split', validators: 4, skipped: 'no namespaces' }])).toEqual([]);
  expect(
    violations([
      row({ zeros: { ...row({}).findings!.zeros, lost: 2 }, faults: ['defect'] }),
      { scenario: 'wal', validators: 4, failure: 'v2 did not follow' },
    ]),
  ).toEqual(['kill on 4: lost = 2', 'kill on 4: defect', 'wal on 4: v2 did not follow']);
});

it('names the worst recovery', () => {
  const rows = [row({}), { ...row({ worstRecoveryMs: 9_000 }), scenario: 'stop' }, row({})];
  expect(worstRecovery(rows)).toEqual({ ms: 9_000, where: 'stop on 4' });
  expect(worstRecovery([])).toEqual({ ms: 0, where: 'none' });
});
