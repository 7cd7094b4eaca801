/** Protocol 3: no majority makes itself the ones who are asked, and ballots count when they are used. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  everyMember,
  foundationalKinds,
  type GovernedAction,
  neededOf,
  type Threshold,
} from '../../../shared/types/governance.ts';
import { effectiveThresholds, tallyOf } from './consent.ts';
import { readIdentity } from './identities.ts';
import { readProposal } from './proposals.ts';
import { type Consortium, createConsortium, documentOf, keyBytes, typesOf } from './test-support.ts';
import { readThresholds } from './thresholds.ts';

const found = (members: number, thresholds = {}): Consortium =>
  createConsortium(documentOf(members, thresholds, 3));
const suspend = (member: string): GovernedAction => ({ kind: 'members.suspend', args: { member } });
const restore = (member: string): GovernedAction => ({ kind: 'members.restore', args: { member } });
const remove = (member: string): GovernedAction => ({ kind: 'members.remove', args: { member } });
const granting = (identity: string, role = 'auditor'): GovernedAction => ({
  kind: 'identities.grant',
  args: { identity, role },
});
const setting = (kind: string, more: Threshold['more']): GovernedAction => ({
  kind: 'thresholds.set',
  args: { kind, more },
});
const lower = setting('payloads.erase', [0, 1]);
const unanimous = { 'thresholds.set': everyMember, 'payloads.erase': everyMember };

describe('a bare majority', () => {
  test.each<[string, number, object, (all: Consortium) => GovernedAction]>([
    ['suspends none of five', 5, {}, () => suspend('m5')],
    [
      'admits no puppet to five',
      5,
      {},
      (all) => ({
        kind: 'members.add',
        args: {
          id: 'p1',
          name: 'Puppet',
          admin: { id: 'p1.admin', ...all.newKey('p1.admin', 'p1.admin', 'identity', 'p1') },
        },
      }),
    ],
    [
      'takes no seat where all must agree',
      4,
      unanimous,
      (all) => ({
        kind: 'identities.replace-key',
        args: { identity: 'm4.admin', ...all.newKey('stolen seat', 'm4.admin') },
      }),
    ],
    ['gives nobody the role of a member’s admin', 4, unanimous, () => granting('m4.submitter', 'admin')],
    ['suspends none where all must agree', 4, unanimous, () => suspend('m4')],
    [
      'silences no key',
      5,
      {},
      () => ({
        kind: 'keys.suspect',
        args: { key: keyBytes('m5.admin'), since: { height: 0 }, reason: 'r' },
      }),
    ],
    [
      'takes no validator’s place',
      5,
      {},
      (all) => ({
        kind: 'validators.replace-consensus-key',
        args: { id: 'v4', ...all.newKey('ours', 'v4', 'consensus') },
      }),
    ],
  ])('%s', (_name, members, thresholds, actionOf) => {
    const all = found(members, thresholds);
    const done = all.decide([actionOf(all)], ['m2.admin', 'm3.admin']);
    expect(done.refusal).toBeUndefined();
    expect(readProposal(all.chain.view, 0)?.status).toBe('open');
    expect(tallyOf(all.chain.view, [lower]).needed).toBe(4);
  });
});

describe('who is counted', () => {
  test('a suspended member is, and does not approve', () => {
    const all = found(5);
    all.propose('m5.admin', [lower]);
    all.decide([suspend('m5')], ['m2.admin', 'm3.admin', 'm4.admin']);
    expect(tallyOf(all.chain.view, [lower], readProposal(all.chain.view, 0)!.ballots)).toEqual({
      approvals: 0,
      needed: 4,
      members: 5,
    });
    all.decide([lower], ['m2.admin', 'm3.admin']);
    expect(readProposal(all.chain.view, 2)?.status).toBe('open');
    all.vote('m4.admin', 2);
    expect(readProposal(all.chain.view, 2)?.status).toBe('executed');
  });

  test('a removed one is not', () => {
    // The four validators are of the first four.
    const all = found(5);
    all.decide([remove('m5')], ['m2.admin', 'm3.admin', 'm4.admin']);
    expect(tallyOf(all.chain.view, [lower])).toMatchObject({ members: 4, needed: 3 });
  });

  test('so many stay active that one can be restored', () => {
    const all = found(4);
    all.decide([suspend('m4')], ['m2.admin', 'm3.admin']);
    const { refusal } = all.propose('m1.admin', [suspend('m3')]);
    expect(refusal?.facts).toMatchObject({
      reason: 'restoring-out-of-reach',
      facts: { active: 2, needed: 3, members: 4 },
    });
    expect(all.propose('m1.admin', [setting('members.restore', [3, 4])]).refusal?.facts).toMatchObject({
      reason: 'threshold-above-its-change',
    });
    const raised = [setting('thresholds.set', [3, 4]), setting('members.restore', [3, 4])];
    expect(all.propose('m1.admin', raised).refusal?.facts).toMatchObject({
      index: 1,
      reason: 'restoring-out-of-reach',
      facts: { active: 3, needed: 4 },
    });
    const done = all.decide([restore('m4')], ['m2.admin', 'm3.admin']);
    expect(typesOf(done)).toContain('members.restored');
  });

  test('nor is one removed whom a restoring would need', () => {
    const all = found(6, { 'members.restore': { more: [2, 3] } });
    const voters = ['m2.admin', 'm3.admin', 'm4.admin', 'm5.admin'];
    all.decide([suspend('m6')], voters);
    expect(all.propose('m1.admin', [remove('m5')]).refusal?.facts).toBeUndefined();
    expect(all.propose('m1.admin', [suspend('m5')]).refusal?.facts).toMatchObject({
      facts: { active: 4, needed: 5 },
    });
    all.decide([remove('m5')], voters);
    // Of five that are counted four are active, and four are needed.
    expect(tallyOf(all.chain.view, [restore('m6')])).toMatchObject({ needed: 4, members: 5 });
  });
});

describe('thresholds of what changes who is asked', () => {
  test('follow that of thresholds.set, whatever stands beside them', () => {
    const all = found(5, { 'members.add': { more: [0, 1] } });
    const inForce = effectiveThresholds(all.chain.view);
    for (const kind of foundationalKinds) expect(inForce[kind]).toEqual({ more: [2, 3] });
    expect(inForce['members.restore']).toEqual({ more: [1, 2] });
    const { refusal } = all.propose('m1.admin', [setting('members.add', [2, 3])]);
    expect(refusal?.facts).toMatchObject({
      reason: 'threshold-follows',
      facts: { kind: 'members.add', needs: [2, 3] },
    });
    const raise = [setting('thresholds.set', [3, 4])];
    all.decide(raise, ['m2.admin', 'm3.admin', 'm4.admin']);
    expect(effectiveThresholds(all.chain.view)['members.add']).toEqual({ more: [3, 4] });
  });

  test('do not keep that of thresholds.set from being lowered', () => {
    const all = found(4, { 'members.add': { more: [2, 3] } });
    const kinds = ['parameters.set', 'protocol.raise', 'payloads.erase', 'thresholds.set'];
    const actions = kinds.map((kind) => setting(kind, [1, 2]));
    all.decide(actions, ['m2.admin', 'm3.admin']);
    expect(readThresholds(all.chain.view)['thresholds.set']).toEqual({ more: [1, 2] });
    expect(effectiveThresholds(all.chain.view)['members.remove']).toEqual({ more: [1, 2] });
  });
});

/** Accepted by m1, m2 and m3, when something else had made it impossible. */
function acceptedByThree(all: Consortium): void {
  all.decide([suspend('m5')], ['m2.admin', 'm3.admin', 'm4.admin']);
  all.propose('m1.admin', [restore('m5')]);
  all.decide([restore('m5')], ['m2.admin', 'm3.admin']);
  all.vote('m2.admin', 1);
  all.vote('m3.admin', 1);
}

describe('an accepted proposal', () => {
  test('is executed by the ballots of members that are active then, and takes other ballots', () => {
    const all = found(5);
    acceptedByThree(all);
    expect(readProposal(all.chain.view, 1)).toMatchObject({
      status: 'accepted',
      refusal: { code: 'member-not-suspended' },
    });
    all.propose('m4.admin', [suspend('m3')]);
    for (const voter of ['m5.admin', 'm1.admin', 'm2.admin']) all.vote(voter, 3);
    const execute = () => all.act('m1.admin', 'governance.execute', { proposal: 1 });
    expect(execute().refusal).toEqual({
      code: 'proposal-not-accepted',
      facts: { proposal: 1, approvals: 2, needed: 3, members: 5 },
    });
    expect(typesOf(all.vote('m4.admin', 1, false))).toEqual(['governance.voted']);
    expect(execute().refusal?.code).toBe('proposal-not-accepted');
    const again = all.vote('m5.admin', 1);
    expect(typesOf(again)).toEqual(['governance.voted', 'governance.refused']);
    expect(execute().refusal?.code).toBe('plan-refused');
    expect(typesOf(all.vote('m5.admin', 1, false))).toEqual(['governance.voted']);
    expect(execute().refusal?.code).toBe('proposal-not-accepted');
  });

  test('an open one that has its ballots by now is executed, too', () => {
    const all = found(5);
    all.propose('m1.admin', [suspend('m5')]);
    for (const voter of ['m2.admin', 'm3.admin']) all.vote(voter, 0);
    const four = ['m2.admin', 'm3.admin', 'm4.admin'];
    const kinds = ['parameters.set', 'protocol.raise', 'payloads.erase', 'thresholds.set'];
    const half = kinds.map((kind) => setting(kind, [1, 2]));
    expect(all.decide(half, four).refusal).toBeUndefined();
    const done = all.act('m4.admin', 'governance.execute', { proposal: 0 });
    expect(typesOf(done)).toEqual(['governance.accepted', 'members.suspended', 'governance.executed']);
  });
});

describe('a suspected key', () => {
  function withTwoAdmins(): Consortium {
    const all = found(4);
    all.act('m1.admin', 'identities.add', {
      id: 'm1.other',
      roles: [],
      ...all.newKey('m1.other', 'm1.other'),
    });
    all.decide([granting('m1.other', 'admin')], ['m2.admin', 'm3.admin']);
    return all;
  }
  const suspected = (all: Consortium, by: string, name: string) =>
    all.act(by, 'keys.suspect', { key: keyBytes(name), since: { height: 0 }, reason: 'stolen' });

  test('decides nothing, of whomever', () => {
    const all = withTwoAdmins();
    expect(suspected(all, 'm1.other', 'm1.admin').refusal).toBeUndefined();
    const attempts: readonly (readonly [string, Parameters<Consortium['act']>[2]])[] = [
      ['identities.replace-key', { identity: 'm1.admin', ...all.newKey('thief 1', 'm1.admin') }],
      ['identities.replace-key', { identity: 'm1.other', ...all.newKey('thief 2', 'm1.other') }],
      ['identities.add', { id: 'm1.thief', roles: [], ...all.newKey('thief 3', 'm1.thief') }],
      ['identities.set-encryption-key', { encryptionKey: keyBytes('thief 4') }],
      ['identities.grant', { identity: 'm1.submitter', role: 'operator' }],
      ['identities.revoke-role', { identity: 'm1.submitter', role: 'submitter' }],
      ['identities.revoke', { identity: 'm1.other', reason: 'r' }],
      ['keys.suspect', { key: keyBytes('m1.other'), since: { height: 0 }, reason: 'r' }],
      ['activation.withdraw', { activation: 0, reason: 'r' }],
      ['governance.propose', { actions: [lower], reason: 'r', expiresAt: all.time + 1_000 }],
      ['governance.vote', { proposal: 0, approve: true }],
      ['governance.withdraw', { proposal: 0 }],
      ['governance.execute', { proposal: 0 }],
    ];
    for (const [action, args] of attempts)
      expect([action, all.act('m1.admin', action, args).refusal]).toMatchObject([
        action,
        { code: 'key-suspected', facts: { owner: 'm1.admin' } },
      ]);
    const done = all.act('m1.other', 'identities.replace-key', {
      identity: 'm1.admin',
      ...all.newKey('m1 again', 'm1.admin'),
    });
    expect(done.refusal).toBeUndefined();
    expect(all.propose('m1 again', [lower]).refusal).toBeUndefined();
  });

  test('has cast ballots that count no more, until the member casts another', () => {
    const all = withTwoAdmins();
    all.propose('m1.admin', [granting('m1.submitter')]);
    all.vote('m2.admin', 1);
    suspected(all, 'm1.other', 'm1.admin');
    all.act('m1.other', 'identities.replace-key', {
      identity: 'm1.admin',
      ...all.newKey('m1 again', 'm1.admin'),
    });
    all.vote('m3.admin', 1);
    expect(readProposal(all.chain.view, 1)?.status).toBe('open');
    all.vote('m1.other', 1);
    expect(readProposal(all.chain.view, 1)?.status).toBe('executed');
  });

  test('of a member’s only admin is replaced by the ballots of the others', () => {
    const all = found(4);
    suspected(all, 'm4.admin', 'm4.admin');
    const replace: GovernedAction = {
      kind: 'identities.replace-key',
      args: { identity: 'm4.admin', ...all.newKey('m4 again', 'm4.admin') },
    };
    all.decide([replace], ['m2.admin', 'm3.admin']);
    expect(readIdentity(all.chain.view, 'm4.admin')?.key).toBe(
      Buffer.from(keyBytes('m4 again')).toString('hex'),
    );
  });

  test('nor does a ballot count of who is no admin any more', () => {
    const all = withTwoAdmins();
    all.propose('m1.other', [granting('m1.submitter')]);
    all.vote('m2.admin', 1);
    all.act('m1.admin', 'identities.revoke', { identity: 'm1.other', reason: 'left' });
    all.vote('m3.admin', 1);
    expect(readProposal(all.chain.view, 1)?.status).toBe('open');
  });
});

test('a proposal that can never run keeps no validator from its rotation', () => {
  const all = found(4);
  const set: GovernedAction = { kind: 'parameters.set', args: { set: { window: 7 } } };
  all.propose('m1.admin', [set], 30 * 86_400_000);
  all.propose('m2.admin', [set], 30 * 86_400_000);
  for (const proposal of [0, 1])
    for (const voter of ['m1.admin', 'm2.admin', 'm3.admin']) all.vote(voter, proposal);
  const rotate = () => all.act('v1 consensus', 'validator.rotate', all.newKey('v1 next', 'v1', 'consensus'));
  expect(readProposal(all.chain.view, 1)).toMatchObject({ status: 'accepted' });
  // The first is under way: the second may follow it.
  expect(rotate().refusal).toMatchObject({ code: 'activation-reserved' });
  for (let i = 0; i < 40; i++) all.act('m1.submitter', 'assets.define', { asset: `a${i}`, decimals: 0 });
  expect(all.act('m3.admin', 'governance.execute', { proposal: 1 }).refusal?.code).toBe('plan-refused');
  expect(rotate().refusal).toBeUndefined();
});

/** What colluders may try, with every key that they hold or have been given. */
interface Attempt {
  readonly kind: number;
  readonly subject: number;
  readonly more: number;
  readonly isExecuted: boolean;
}
const attempts = fc.array(
  fc.record({
    kind: fc.nat(9),
    subject: fc.nat(9),
    more: fc.nat(3),
    isExecuted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);
const shares: readonly Threshold[] = [{ more: [1, 2] }, { more: [2, 3] }, { more: [3, 4] }, everyMember];

describe('k members, whatever they accept one after the other', () => {
  test('change no threshold that needs more than k of those who are there by consent', () => {
    let acceptances = 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 7 }),
        fc.nat(3),
        fc.boolean(),
        attempts,
        (n, share, oneIsSuspended, tries) => {
          const own = shares[share]!;
          const k = neededOf(n, own) - 1;
          const higher = { ...readThresholds(found(n).chain.view) };
          const easy = Object.fromEntries(
            Object.keys(higher).map((kind) => [kind, { more: [0, 1] as const }]),
          );
          const all = found(n, {
            ...easy,
            'thresholds.set': own,
            'members.restore': { more: [1, 2] as const },
          });
          const names = Array.from({ length: n }, (_, i) => `m${i + 1}`);
          if (oneIsSuspended)
            all.decide(
              [suspend(`m${n}`)],
              names.slice(1).map((name) => `${name}.admin`),
            );
          const before = standing(all, k);
          const keys = names.slice(0, k).flatMap((name) => [`${name}.admin`, `${name}.submitter`]);
          if (keys.length === 0) return;
          for (const [round, attempt] of tries.entries()) {
            const action = actionOf(all, attempt, n, `stolen ${round}`);
            const { refusal } = all.propose('m1.admin', [action]);
            if (refusal !== undefined) continue;
            keys.push(`stolen ${round}`, `m${n}.submitter`);
            const number = nextNumber(all) - 1;
            for (const key of keys) all.vote(key, number);
            if (attempt.isExecuted) all.act('m1.admin', 'governance.execute', { proposal: number });
            if (readProposal(all.chain.view, number)?.status === 'executed') acceptances += 1;
            expect(standing(all, k)).toEqual(before);
          }
        },
      ),
      { numRuns: 60, seed: 7 },
    );
    // Of what does not touch who is asked a good deal was carried out.
    expect(acceptances).toBeGreaterThan(20);
  });

  function nextNumber({ chain }: Consortium): number {
    let number = 0;
    while (readProposal(chain.view, number) !== undefined) number += 1;
    return number;
  }

  /** What must stay: thresholds, how many are counted, and the keys of the admins of all others. */
  function standing({ chain }: Consortium, k: number) {
    const { members } = tallyOf(chain.view, [lower]);
    const others = Array.from({ length: members - k }, (_, i) =>
      readIdentity(chain.view, `m${k + i + 1}.admin`),
    );
    const keys = others.map((one) => ({ key: one?.key, roles: one?.roles }));
    return { thresholds: readThresholds(chain.view), members, keys };
  }

  function actionOf(all: Consortium, attempt: Attempt, n: number, key: string): GovernedAction {
    const member = `m${(attempt.subject % n) + 1}`;
    const admin = `${member}.admin`;
    switch (attempt.kind) {
      case 0:
        return suspend(member);
      case 1:
        return remove(member);
      case 2:
        return granting(`${member}.submitter`, 'admin');
      case 3:
        return { kind: 'identities.revoke-role', args: { identity: admin, role: 'admin' } };
      case 4:
        return { kind: 'identities.replace-key', args: { identity: admin, ...all.newKey(key, admin) } };
      case 5: {
        const id = `p${attempt.subject}`;
        const identity = { id: `${id}.admin`, ...all.newKey(key, `${id}.admin`, 'identity', id) };
        return { kind: 'members.add', args: { id, name: 'Puppet', admin: identity } };
      }
      case 6:
        return {
          kind: 'keys.suspect',
          args: { key: keyBytes(admin), since: { height: 0 }, reason: 'r' },
        };
      case 7:
        return setting('payloads.erase', shares[attempt.more]!.more);
      case 8:
        return setting('thresholds.set', shares[attempt.more]!.more);
      default:
        return {
          kind: 'parameters.set',
          args: { set: { window: 8 + attempt.subject } },
        };
    }
  }
});
