import { describe, expect, test } from 'vitest';
import type { StatusJson } from '../../../../shared/api.ts';
import { verdictOf } from './verdict.ts';

const hex = 'ab'.repeat(32);
const status: StatusJson = {
  standing: 'validator',
  product: 'concordat',
  version: '0.1.0',
  network: hex,
  networkName: 'example',
  node: 'v1',
  mode: 'voting',
  epoch: 0,
  view: 2,
  primary: 'v3',
  height: 1204,
  block: hex,
  stateRoot: hex,
  time: 1_000_000,
  certifiedHeight: 1204,
  executedHeight: 1204,
  quorum: { n: 4, f: 1, q: 3, reachable: 4 },
  pool: { transactions: 0, transactionsMax: 100, bytes: 0, bytesMax: 100 },
  rate: { windowMs: 60_000, transactionsPerSecond: 0, blocksPerSecond: 0 },
  nowMs: 1_000_500,
  startedAtMs: 0,
  ready: true,
};
const textOf = (change: Partial<StatusJson>, sinceMs = 0) => {
  const { word, sentence } = verdictOf({ ...status, ...change }, sinceMs);
  return `${word}: ${sentence}`;
};

describe('the verdict', () => {
  test('a recent block', () => {
    expect(textOf({}, 300)).toBe('Committing: block 1,204 certified 0.8 s ago, 4 of 4 validators.');
  });

  test('an idle network is ready, not broken', () => {
    expect(textOf({ nowMs: 1_240_000 })).toMatch(/^Ready: nothing waits; block 1,204 certified 4 min ago/);
  });

  test('a network that was just founded', () => {
    expect(textOf({ certifiedHeight: 0 })).toBe(
      'Ready: nothing waits; founded 0.5 s ago, nothing written yet, 4 of 4 validators.',
    );
  });

  test('something waits and nothing commits', () => {
    const waiting = { transactions: 12, transactionsMax: 100, bytes: 9, bytesMax: 100 };
    expect(textOf({ nowMs: 1_041_000, pool: waiting })).toMatch(/^No commit for 41 s: 12 transactions wait/);
  });

  test('fewer than a quorum comes before everything else that is slow, and says since when', () => {
    const quorum = { n: 4, f: 1, q: 3, reachable: 2 };
    const verdict = verdictOf({ ...status, changingTo: 3, quorum }, 40_500);
    expect(verdict.kind).toBe('failed');
    expect(verdict.sentence).toBe(
      '2 of 4 validators can be reached, 3 are needed; block 1,204 certified 41 s ago.',
    );
  });

  test('fewer voters than a quorum, though all can be reached: the next transaction would not commit', () => {
    const quorum = { n: 4, f: 1, q: 3, reachable: 4, voting: 2 };
    const verdict = verdictOf({ ...status, quorum }, 40_500);
    expect([verdict.kind, verdict.word]).toEqual(['failed', 'Cannot commit']);
    expect(verdict.sentence).toBe('2 of 4 validators vote, 3 are needed; block 1,204 certified 41 s ago.');
    expect(textOf({ quorum: { ...quorum, voting: 3 } }, 300)).toMatch(/3 of 4 validators\.$/);
  });

  test('a view change names the primary that is replaced', () => {
    expect(textOf({ changingTo: 3 })).toBe('Changing the primary: v3 is being replaced: view 2 to 3.');
  });

  test('no verdict of a node is ever green', () => {
    const kinds = [status, { ...status, mode: 'halted' as const }, { ...status, changingTo: 3 }].map(
      (each) => verdictOf(each, 0).kind,
    );
    expect(kinds).not.toContain('verified');
  });
});
