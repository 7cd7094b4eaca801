/** What the tests of chaos share. */
import type { Findings } from './scenario.ts';
import type { Row } from './table.ts';

/** Of a scenario in which nothing went wrong. */
const clean: Findings = {
  injected: 3,
  seconds: 20,
  commits: 120,
  acknowledged: 456,
  zeros: { lost: 0, doubled: 0, forks: 0, equivocations: 0 },
  longestGapMs: 1_540,
  worstRecoveryMs: 2_300,
  notes: [],
  faults: [],
};

export const killRow = (findings: Partial<Findings> = {}): Row => ({
  scenario: 'kill',
  validators: 4,
  findings: { ...clean, ...findings },
});
