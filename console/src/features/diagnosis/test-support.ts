/** The answer of beta in a healthy, idle network of four; tests change what is wrong. */
import type { DiagnosisJson } from '../../../../shared/api.ts';

export const idle = (validator: string): DiagnosisJson['current']['ballots'][number] => ({
  validator,
  prePrepare: 'not-due',
  prepare: 'not-due',
  commit: 'not-due',
  seal: 'not-due',
});

export const diagnosisOf = (change: Partial<DiagnosisJson>): DiagnosisJson => ({
  node: 'beta',
  nowMs: 1_700_000_000_000,
  commits: true,
  healthy: true,
  sentence: 'The network commits.',
  act: [],
  causes: [],
  height: 1204,
  view: 0,
  primary: 'alpha',
  quorum: { n: 4, f: 1, q: 3, reachable: 4 },
  waiting: { transactions: 0 },
  current: { sequence: 1205, phase: 'none', ballots: ['alpha', 'beta', 'delta', 'gamma'].map(idle) },
  host: {},
  disputed: [],
  ...change,
});
