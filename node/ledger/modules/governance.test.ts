/** Proposals and ballots: who decides, when it is decided, and what then happens, whole or not at all. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue, Transaction } from '../../../shared/types/ledger.ts';
import { limits } from '../limits.ts';
import { startTime, transactionOf } from '../test-support.ts';
import { readIdentity } from './identities.ts';
import { openProposals, readProposal } from './proposals.ts';
import {
  type Consortium,
  createConsortium,
  type Done,
  documentOf,
  memberName,
  typesOf,
} from './test-support.ts';

let all: Consortium;
beforeEach(() => {
  all = createConsortium(documentOf(4));
});

const suspend = (member: string): GovernedAction => ({ kind: 'members.suspend', args: { member } });
const auditor = (identity: string): GovernedAction => ({
  kind: 'identities.grant',
  args: { identity, role: 'auditor' },
});
const proposal = (number = 0) => readProposal(all.chain.view, number);
const withdraw = (sender: string, number = 0): Done =>
  all.act(sender, 'governance.withdraw', { proposal: number });
const execute = (sender: string, number = 0): Done =>
  all.act(sender, 'governance.execute', { proposal: number });
const notAdmin = { code: 'role-missing', facts: { identity: 'm1.submitter', needed: ['admin'] } };

describe('a proposal', () => {
  test('is kept with who made it, why, until when, on what basis, and its member’s ballot', () => {
    const done = all.propose('m1.admin', [suspend('m4')]);
    expect(typesOf(done)).toEqual(['governance.proposed', 'governance.voted']);
    expect(proposal()).toEqual({
      number: 0,
      proposer: 'm1.admin',
      member: 'm1',
      actions: [suspend('m4')],
      reason: 'for a test',
      createdAt: startTime,
      expiresAt: startTime + 3_600_000,
      basis: { epoch: 0 },
      status: 'open',
      ballots: { m1: { approve: true, identity: 'm1.admin', height: 1 } },
    });
  });

  test('on the basis of an activation that is under way names it', () => {
    all.act('v1 consensus', 'validator.rotate', all.newKey('v1 next', 'v1', 'consensus'));
    all.propose('m1.admin', [suspend('m4')]);
    expect(proposal()?.basis).toEqual({ epoch: 0, pending: 0 });
  });

  test('is an admin’s', () => {
    expect(all.propose('m1.submitter', [suspend('m4')]).refusal).toEqual(notAdmin);
  });

  test.each([
    ['now', 0],
    ['before', -1],
    ['more than 30 days away', limits.proposalLifetimeMsMax + 1],
  ])('that expires %s is refused', (_name, lifetimeMs) => {
    expect(all.propose('m1.admin', [suspend('m4')], lifetimeMs).refusal).toEqual({
      code: 'expiry-out-of-range',
      facts: {
        expiresAt: startTime + lifetimeMs,
        after: startTime,
        latest: startTime + limits.proposalLifetimeMsMax,
      },
    });
  });

  test('may expire in the next millisecond, and in 30 days', () => {
    for (const lifetimeMs of [1, limits.proposalLifetimeMsMax])
      expect(all.propose('m1.admin', [suspend('m4')], lifetimeMs).refusal).toBeUndefined();
  });

  test('that could not be carried out now is refused with the action and its reason', () => {
    expect(all.propose('m1.admin', [suspend('m4'), suspend('m9')]).refusal).toEqual({
      code: 'plan-refused',
      facts: { index: 1, kind: 'members.suspend', reason: 'unknown-member', facts: { member: 'm9' } },
    });
    expect(proposal()).toBeUndefined();
  });

  test('each action is judged on what the ones before it leave', () => {
    const restore: GovernedAction = { kind: 'members.restore', args: { member: 'm4' } };
    expect(all.propose('m1.admin', [restore, suspend('m4')]).refusal?.facts.index).toBe(0);
    expect(all.propose('m1.admin', [suspend('m4'), restore]).refusal).toBeUndefined();
  });

  const args = (change: { [name: string]: CborValue }) => ({
    actions: [suspend('m4')],
    reason: 'r',
    expiresAt: startTime + 1,
    ...change,
  });
  test.each<[string, CborValue, string]>([
    ['no action', args({ actions: [] }), 'args.actions'],
    ['17 actions', args({ actions: Array.from({ length: 17 }, () => suspend('m4')) }), 'args.actions'],
    ['an unknown kind', args({ actions: [{ kind: 'members.rename', args: {} }] }), 'args.actions[0].kind'],
    ['a name of every object', args({ actions: [{ kind: 'toString', args: {} }] }), 'args.actions[0].kind'],
    ['a kind that is a map', args({ actions: [{ kind: {}, args: {} }] }), 'args.actions[0].kind'],
    ['an action without arguments', args({ actions: [{ kind: 'members.add' }] }), 'args.actions[0].args'],
    ['an action that is text', args({ actions: ['members.add'] }), 'args.actions[0]'],
    [
      'arguments of another kind',
      args({ actions: [{ kind: 'members.suspend', args: { id: 'm4' } }] }),
      'args.actions[0].args.member',
    ],
    ['no reason', args({ reason: '' }), 'args.reason'],
    ['a reason of 1001 bytes', args({ reason: 'x'.repeat(1001) }), 'args.reason'],
    ['an expiry that is no integer', args({ expiresAt: 'soon' }), 'args.expiresAt'],
  ])('with %s is malformed', (_name, malformed, path) => {
    expect(all.act('m1.admin', 'governance.propose', malformed).refusal).toMatchObject({
      code: 'malformed-args',
      facts: { path },
    });
  });
});

describe('ballots', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [6, 4],
    [7, 4],
  ])('of %i members %i decide by more than half, and the deciding one carries it out', (members, needed) => {
    all = createConsortium(documentOf(members));
    const admin = (index: number): string => `${memberName(index)}.admin`;
    let done = all.propose('m1.admin', [auditor('m1.submitter')]);
    for (let cast = 1; cast < needed; cast++) {
      expect(proposal()?.status).toBe('open');
      expect(typesOf(done)).not.toContain('governance.accepted');
      done = all.vote(admin(cast), 0);
    }
    expect(proposal()?.status).toBe('executed');
    expect(typesOf(done).slice(-4)).toEqual([
      'governance.voted',
      'governance.accepted',
      'identities.role-granted',
      'governance.executed',
    ]);
    expect(done.events.at(-3)?.data).toEqual({ proposal: 0, approvals: needed, needed, members });
    const by = `${memberName(needed - 1)}.admin`;
    expect(proposal()?.end).toEqual({ height: needed, time: startTime, by });
    expect(readIdentity(all.chain.view, 'm1.submitter')?.roles).toContain('auditor');
  });

  test('are one a member: a later one replaces the earlier, whichever admin casts it', () => {
    all.decide(
      [{ kind: 'identities.grant', args: { identity: 'm2.submitter', role: 'admin' } }],
      ['m2.admin', 'm3.admin'],
    );
    all.propose('m1.admin', [suspend('m4')]);
    all.vote('m2.admin', 1);
    all.vote('m2.submitter', 1);
    expect(proposal(1)?.status).toBe('open');
    all.vote('m2.submitter', 1, false);
    all.vote('m3.admin', 1);
    expect(proposal(1)?.status).toBe('open');
    expect(proposal(1)?.ballots).toMatchObject({
      m1: { approve: true },
      m2: { approve: false, identity: 'm2.submitter' },
      m3: { approve: true },
    });
    all.vote('m2.admin', 1, true);
    expect(proposal(1)?.status).toBe('executed');
  });

  test('the proposer’s member may change its mind, too', () => {
    all.propose('m1.admin', [suspend('m4')]);
    all.vote('m1.admin', 0, false);
    all.vote('m2.admin', 0);
    all.vote('m3.admin', 0);
    expect(proposal()?.status).toBe('open');
    all.vote('m4.admin', 0);
    expect(proposal()?.status).toBe('executed');
  });

  test('of members that are suspended do not count, nor do they count as members', () => {
    all.propose('m1.admin', [auditor('m1.submitter')]);
    all.vote('m4.admin', 0);
    all.decide([suspend('m4')], ['m2.admin', 'm3.admin']);
    expect(all.vote('m4.admin', 0).refusal?.facts).toEqual({
      identity: 'm4.admin',
      status: 'member-suspended',
    });
    const done = all.vote('m2.admin', 0);
    expect(done.events[1]?.data).toEqual({ proposal: 0, approvals: 2, needed: 2, members: 3 });
    expect(proposal()?.ballots).toHaveProperty('m4');
  });

  test('count by the thresholds of the moment', () => {
    all.propose('m1.admin', [suspend('m4')]);
    all.vote('m2.admin', 0);
    const anyone: GovernedAction = {
      kind: 'thresholds.set',
      args: { kind: 'members.suspend', more: [0, 1] },
    };
    all.decide([anyone], ['m2.admin', 'm3.admin']);
    expect(proposal()?.status).toBe('open');
    const done = all.vote('m3.admin', 0, false);
    expect(done.events[1]).toMatchObject({ type: 'governance.accepted', data: { approvals: 2, needed: 1 } });
    expect(proposal()?.status).toBe('executed');
  });

  test('a proposal that changes the epoch names its activation', () => {
    all.act('v1 consensus', 'validator.rotate', all.newKey('v1 next', 'v1', 'consensus'));
    const set: GovernedAction = { kind: 'parameters.set', args: { set: { window: 7 } } };
    all.decide([auditor('m1.submitter'), set], ['m2.admin', 'm3.admin']);
    expect(proposal()?.end).toMatchObject({ by: 'm3.admin', activation: 1 });
  });

  test('a proposal that needs one ballot is carried out as it is made', () => {
    all = createConsortium(documentOf(4, { 'identities.grant': { more: [0, 1] } }));
    const done = all.propose('m1.admin', [auditor('m1.submitter')]);
    expect(typesOf(done)).toEqual([
      'governance.proposed',
      'governance.voted',
      'governance.accepted',
      'identities.role-granted',
      'governance.executed',
    ]);
  });

  test('are refused by name', () => {
    all.propose('m1.admin', [suspend('m4')]);
    expect(all.vote('m1.submitter', 0).refusal).toEqual(notAdmin);
    expect(all.vote('m2.admin', 1).refusal).toEqual({ code: 'proposal-unknown', facts: { proposal: 1 } });
    for (const voter of ['m2.admin', 'm3.admin']) all.vote(voter, 0);
    expect(all.vote('m2.admin', 0).refusal).toEqual({
      code: 'proposal-closed',
      facts: { proposal: 0, status: 'executed' },
    });
  });

  test.each([
    [{ proposal: -1, approve: true }, 'args.proposal'],
    [{ proposal: 0, approve: 'yes' }, 'args.approve'],
    [{ proposal: 0 }, 'args.approve'],
  ])('%j is malformed', (args, path) => {
    expect(all.act('m1.admin', 'governance.vote', args).refusal).toMatchObject({ facts: { path } });
  });
});

describe('expiry', () => {
  test('is judged by block time: below it a ballot counts, at it no more', () => {
    all.propose('m1.admin', [suspend('m4')], 1_000);
    all.time = startTime + 999;
    expect(all.vote('m2.admin', 0).refusal).toBeUndefined();
    all.time = startTime + 1_000;
    const expired = {
      code: 'proposal-expired',
      facts: { proposal: 0, expiresAt: startTime + 1_000, time: startTime + 1_000 },
    };
    expect(all.vote('m3.admin', 0).refusal).toEqual(expired);
    expect(withdraw('m1.admin').refusal).toEqual(expired);
    expect(execute('m1.admin').refusal).toEqual(expired);
    expect(proposal()?.status).toBe('open');
  });

  test('an accepted one expires as well', () => {
    acceptedAndRefused();
    all.time = startTime + 3_600_000;
    expect(execute('m1.admin').refusal?.code).toBe('proposal-expired');
  });
});

/** Accepted, when something else had made its action impossible; the member is restored later. */
function acceptedAndRefused(): Done {
  all.propose('m1.admin', [auditor('m1.submitter'), suspend('m4')]);
  all.vote('m2.admin', 0);
  all.decide([suspend('m4')], ['m2.admin', 'm3.admin']);
  return all.vote('m2.admin', 0);
}
const restored = () => all.decide([{ kind: 'members.restore', args: { member: 'm4' } }], ['m2.admin']);

describe('a proposal that cannot be carried out when it is decided', () => {
  const refusal = {
    index: 1,
    kind: 'members.suspend',
    code: 'member-not-active',
    facts: { member: 'm4', status: 'suspended' },
  };

  test('keeps its ballots and its reason, and changes nothing', () => {
    const done = acceptedAndRefused();
    expect(typesOf(done)).toEqual(['governance.voted', 'governance.accepted', 'governance.refused']);
    expect(proposal()).toMatchObject({ status: 'accepted', refusal });
    expect(readIdentity(all.chain.view, 'm1.submitter')?.roles).toEqual(['submitter']);
  });

  test('is executed by any admin when it can be', () => {
    acceptedAndRefused();
    expect(execute('m3.admin').refusal).toEqual({
      code: 'plan-refused',
      facts: { index: 1, kind: refusal.kind, reason: refusal.code, facts: refusal.facts },
    });
    restored();
    expect(execute('m3.submitter').refusal?.code).toBe('role-missing');
    const done = execute('m3.admin');
    expect(typesOf(done)).toEqual(['identities.role-granted', 'members.suspended', 'governance.executed']);
    expect(proposal()?.status).toBe('executed');
    expect(proposal()?.refusal).toBeUndefined();
    expect(execute('m3.admin').refusal?.code).toBe('proposal-closed');
  });

  test('takes no more ballots, and can be withdrawn', () => {
    acceptedAndRefused();
    expect(all.vote('m3.admin', 0, false).refusal).toEqual({
      code: 'proposal-closed',
      facts: { proposal: 0, status: 'accepted' },
    });
    expect(withdraw('m1.admin').refusal).toBeUndefined();
    expect(proposal()?.status).toBe('withdrawn');
    restored();
    expect(execute('m1.admin').refusal?.code).toBe('proposal-closed');
  });
});

describe('withdraw and execute', () => {
  test('a proposal is withdrawn by an admin of the member that made it', () => {
    all.propose('m1.admin', [suspend('m4')]);
    expect(withdraw('m1.submitter').refusal).toEqual(notAdmin);
    expect(withdraw('m2.admin').refusal).toEqual({
      code: 'not-own-member',
      facts: { member: 'm1', own: 'm2' },
    });
    expect(withdraw('m1.admin', 7).refusal).toEqual({ code: 'proposal-unknown', facts: { proposal: 7 } });
    expect(withdraw('m1.admin').refusal).toBeUndefined();
    expect(proposal()).toMatchObject({
      status: 'withdrawn',
      end: { height: all.height() - 1, time: startTime, by: 'm1.admin' },
    });
    expect(withdraw('m1.admin').refusal?.code).toBe('proposal-closed');
    expect(all.vote('m2.admin', 0).refusal?.code).toBe('proposal-closed');
  });

  test('an open one is not executed', () => {
    all.propose('m1.admin', [suspend('m4')]);
    expect(execute('m1.admin').refusal).toEqual({ code: 'proposal-not-accepted', facts: { proposal: 0 } });
    expect(execute('m1.admin', 1).refusal).toEqual({ code: 'proposal-unknown', facts: { proposal: 1 } });
  });
});

describe('places', () => {
  const countMax = limits.openProposalsPerMemberMax;

  test('a member has ten that wait; decided, withdrawn and expired ones leave', () => {
    for (let i = 0; i < countMax; i++)
      expect(all.propose('m1.admin', [suspend('m4')], 1_000).refusal).toBeUndefined();
    const full = { code: 'proposals-full', facts: { of: 'm1', count: countMax, countMax } };
    expect(all.propose('m1.admin', [suspend('m4')]).refusal).toEqual(full);
    expect(all.propose('m2.admin', [suspend('m4')]).refusal).toBeUndefined();
    withdraw('m1.admin', 3);
    expect(all.propose('m1.admin', [suspend('m4')]).refusal).toBeUndefined();
    expect(all.propose('m1.admin', [suspend('m4')]).refusal).toEqual(full);
    all.time = startTime + 1_000;
    expect(all.propose('m1.admin', [suspend('m4')]).refusal).toBeUndefined();
    expect(openProposals(all.chain.view, all.time).map(({ number }) => number)).toEqual([10, 11, 12]);
  });

  test('all members together have a hundred', () => {
    all = createConsortium(documentOf(11));
    for (let i = 0; i < limits.openProposalsMax; i++)
      all.propose(`${memberName(i % 10)}.admin`, [suspend('m11')]);
    const facts = { of: 'all', count: 100, countMax: limits.openProposalsMax };
    expect(all.propose('m11.admin', [suspend('m1')]).refusal).toEqual({ code: 'proposals-full', facts });
  });
});

test('what ballots change holds for the next transaction of the same block', () => {
  all.propose('m1.admin', [suspend('m4')]);
  all.vote('m2.admin', 0);
  const { chain, time } = all;
  const send = (sender: string, action: string, args: CborValue): Transaction =>
    transactionOf(chain.genesis, action, args, { sender, expiresAt: time + 60_000 });
  const block = chain.run(
    [
      send('m4.submitter', 'assets.define', { asset: 'gold', decimals: 0 }),
      send('m3.admin', 'governance.vote', { proposal: 0, approve: true }),
      send('m4.submitter', 'assets.define', { asset: 'rice', decimals: 0 }),
    ],
    time,
  );
  expect(block.ran.map(({ outcome }) => outcome.status)).toEqual(['succeeded', 'succeeded', 'failed']);
});
