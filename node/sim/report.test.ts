import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type BlockHash,
  epochOf,
  heightOf,
  type ValidatorId,
  viewOf,
  zeroDigest,
} from '../../shared/types/brands.ts';
import type { SlotContent } from '../../shared/types/messages.ts';
import { describeSummary, summarize } from './report.ts';
import { createRuleCoverage, protocolRules } from './rule-coverage.ts';
import { tallyOf } from './tally.ts';
import { runUniverse } from './universe.ts';

describe('coverage of rules', () => {
  it('is of all rules that the protocol has', () => {
    const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
    const whole = text.replaceAll('X1–X3', 'X1 X2 X3');
    const named = new Set(whole.match(/\b[MNDVFXEC][1-7]\b|\bW1\b/g));
    expect([...named].sort()).toEqual([...protocolRules].sort());
  });

  it('counts what is signed, heard and appended in a universe, and names what was not met', () => {
    const summary = summarize(4, 'usual', tallyOf(runUniverse(1, 4, 600)));
    const { rules, rulesNotMet } = summary;
    for (const rule of ['D1', 'F1', 'F3', 'N3', 'N4', 'V6', 'X2'])
      expect(rulesNotMet, rule).not.toContain(rule);
    expect(rules.D1?.['signed what is durable']).toBeGreaterThan(100);
    // Nobody changes the set in the usual mix, and snapshots are not simulated.
    expect(rulesNotMet).toEqual(expect.arrayContaining(['C2', 'E1', 'E3']));
    expect(describeSummary(summary)).toMatch(/rules met: \d+ of 35 on \d+ paths \(.*V6.*\); nothing of .*E1/);
  }, 60_000);

  it('counts by the rule, and not by the wording, what is refused', () => {
    const coverage = createRuleCoverage();
    coverage.logged('message-rejected', { rule: 'V2', reason: 'no certificate' });
    coverage.logged('message-dropped', { rule: 'M2', reason: 'unreadable at byte 17' });
    coverage.logged('primary-suspected', { reason: 'waiting' });
    expect(coverage.counts()).toEqual({
      'M4 message-rejected': 1,
      'M4 message-dropped': 1,
      'V2 rejected: no certificate': 1,
      'M2 dropped': 1,
      'F1 deadline passed': 1,
      'V1 primary-suspected: waiting': 1,
    });
  });

  it('knows a vote for what was executed (N5), and a proposal that is signed again (N6)', () => {
    const coverage = createRuleCoverage();
    const id = 'v1' as ValidatorId;
    const vote = (kind: 'prepare' | 'pre-prepare', view: number): SlotContent => ({
      kind,
      epoch: epochOf(0),
      view: viewOf(view),
      sequence: heightOf(3),
      content: zeroDigest,
    });
    coverage.signed(id, vote('prepare', 0));
    coverage.signed(id, {
      kind: 'seal',
      epoch: epochOf(0),
      height: heightOf(3),
      block: zeroDigest as BlockHash,
    });
    coverage.signed(id, vote('prepare', 0));
    expect(coverage.counts()).not.toHaveProperty('N5 prepare of what was executed');
    coverage.signed(id, vote('prepare', 1));
    coverage.signed(id, vote('pre-prepare', 1));
    expect(coverage.counts()).not.toHaveProperty('N6 pre-prepare signed again');
    coverage.signed(id, vote('pre-prepare', 1));
    expect(coverage.counts()).toMatchObject({
      'N5 prepare of what was executed': 1,
      'N6 pre-prepare signed again': 1,
    });
  });
});
