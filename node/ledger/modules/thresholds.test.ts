/** How many members an action needs, and that nothing is easier to change than what it takes to change it. */
import { describe, expect, test } from 'vitest';
import {
  defaultThresholds,
  everyMember,
  neededOf,
  type Threshold,
} from '../../../shared/types/governance.ts';
import { readRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import { tallyOf } from './consent.ts';
import { createConsortium, documentOf } from './test-support.ts';
import { readThresholds } from './thresholds.ts';

describe('needed of n = 1…7 members', () => {
  const shares: readonly (readonly [string, Threshold, readonly number[]])[] = [
    ['anyone', { more: [0, 1] }, [1, 1, 1, 1, 1, 1, 1]],
    ['more than a third', { more: [1, 3] }, [1, 1, 2, 2, 2, 3, 3]],
    ['more than half', { more: [1, 2] }, [1, 2, 2, 3, 3, 4, 4]],
    ['more than two thirds', { more: [2, 3] }, [1, 2, 3, 3, 4, 5, 5]],
    ['more than three quarters', { more: [3, 4] }, [1, 2, 3, 4, 4, 5, 6]],
    ['every one', everyMember, [1, 2, 3, 4, 5, 6, 7]],
  ];
  test.each(shares)('%s', (_name, threshold, needed) => {
    expect([1, 2, 3, 4, 5, 6, 7].map((members) => neededOf(members, threshold))).toEqual(needed);
  });

  test('is more than the share, and one less is not, for every share and number', () => {
    for (let of = 1; of <= 12; of++)
      for (let part = 0; part < of; part++)
        for (let members = 1; members <= 50; members++) {
          const needed = neededOf(members, { more: [part, of] });
          expect(needed * of > members * part).toBe(true);
          expect((needed - 1) * of > members * part).toBe(false);
          expect(needed).toBeLessThanOrEqual(members);
        }
  });

  test('several actions need what the most demanding one does', () => {
    const { chain } = createConsortium(documentOf(6));
    const suspend = { kind: 'members.suspend', args: { member: 'm2' } } as const;
    const remove = { kind: 'members.remove', args: { member: 'm2' } } as const;
    expect(tallyOf(chain.view, [suspend]).needed).toBe(4);
    expect(tallyOf(chain.view, [suspend, remove, suspend]).needed).toBe(5);
  });
});

describe('thresholds.set', () => {
  const all = createConsortium(documentOf(3));
  const setting = (kind: string, more: readonly number[]) => ({
    kind: 'thresholds.set' as const,
    args: { kind, more },
  });
  const voters = ['m2.admin', 'm3.admin'];

  test('genesis fixes them, and that of recovery', () => {
    expect(readThresholds(all.chain.view)).toEqual(defaultThresholds);
    expect(readRecord(all.chain.view, stateKeys.recoveryThreshold)).toEqual({ more: [1, 2] });
  });

  test('changes one, and only that', () => {
    all.decide([setting('members.add', [0, 1])], voters);
    expect(readThresholds(all.chain.view)).toEqual({ ...defaultThresholds, 'members.add': { more: [0, 1] } });
    expect(readRecord(all.chain.view, stateKeys.recoveryThreshold)).toEqual({ more: [1, 2] });
  });

  test('above its own is refused, unless that is raised before', () => {
    const { refusal } = all.propose('m1.admin', [setting('members.add', [3, 4])]);
    expect(refusal?.facts).toMatchObject({
      reason: 'threshold-above-its-change',
      facts: { kind: 'members.add', needs: [3, 4], change: [2, 3] },
    });
    const done = all.decide([setting('thresholds.set', [3, 4]), setting('members.add', [3, 4])], voters);
    expect(done.refusal).toBeUndefined();
    expect(readThresholds(all.chain.view)['members.add']).toEqual({ more: [3, 4] });
  });

  test('its own is not lowered below any other', () => {
    const { refusal } = all.propose('m1.admin', [setting('thresholds.set', [1, 2])]);
    expect(refusal?.facts).toMatchObject({ reason: 'threshold-above-its-change', facts: { change: [1, 2] } });
  });

  test.each([
    ['kind', setting('members.rename', [1, 2])],
    ['more', setting('members.add', [1, 1])],
    ['more', setting('members.add', [2, 1])],
    ['more', setting('members.add', [1])],
    ['more', setting('members.add', [-1, 2])],
    ['more', setting('members.add', [1, 2000])],
  ])('a %s out of range is malformed', (field, action) => {
    const { refusal } = all.propose('m1.admin', [action]);
    expect(refusal?.code).toBe('malformed-args');
    expect(refusal?.facts.path).toContain(`args.actions[0].args.${field}`);
  });
});
