/** Members come, are suspended and restored, and go, by ballots alone. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { ActionKind, GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue, Rejection } from '../../../shared/types/ledger.ts';
import { keyOf } from '../test-support.ts';
import { readIdentity } from './identities.ts';
import { activeMembers, readMember } from './members.ts';
import { type Consortium, createConsortium, documentOf, typesOf } from './test-support.ts';

let all: Consortium;
beforeEach(() => {
  all = createConsortium(documentOf(3));
});

const of = (kind: ActionKind, member: string): GovernedAction => ({ kind, args: { member } });
const adding = (id: string, admin = `${id}.admin`, key = `${id} key`): GovernedAction => ({
  kind: 'members.add',
  args: { id, name: 'New one', admin: { id: admin, ...all.newKey(key, admin) } },
});
const decide = (...actions: readonly GovernedAction[]) => all.decide(actions, ['m2.admin', 'm3.admin']);
const reasonOf = (...actions: readonly GovernedAction[]): Partial<Rejection> => {
  const { refusal } = all.propose('m1.admin', actions);
  expect(refusal?.code).toBe('plan-refused');
  return { code: refusal?.facts.reason as string, facts: refusal?.facts.facts as Rejection['facts'] };
};
const refusalOf = (sender: string) =>
  all.act(sender, 'assets.define', { asset: 'gold', decimals: 0 }).refusal;

describe('members.add', () => {
  test('brings its first admin, which acts and votes from the next transaction on', () => {
    const done = all.decide([adding('m4')], ['m2.admin']);
    expect(typesOf(done).slice(2)).toEqual([
      'members.added',
      'identities.added',
      'keys.registered',
      'governance.executed',
    ]);
    expect(readMember(all.chain.view, 'm4')).toEqual({ id: 'm4', name: 'New one', status: 'active' });
    expect(readIdentity(all.chain.view, 'm4.admin')).toMatchObject({
      member: 'm4',
      key: keyOf('m4 key'),
      roles: ['admin'],
      status: 'active',
    });
    all.propose('m4 key', [of('members.suspend', 'm3')]);
    expect(all.vote('m4 key', 1).refusal).toBeUndefined();
  });

  test('of an id that is or was in use, or with an admin that cannot be, is refused', () => {
    expect(reasonOf(adding('m2'))).toEqual({
      code: 'member-exists',
      facts: { member: 'm2', status: 'active' },
    });
    expect(reasonOf(adding('m4', 'm1.admin'))).toEqual({
      code: 'identity-exists',
      facts: { identity: 'm1.admin', member: 'm1' },
    });
    expect(reasonOf(adding('m4', 'm4.admin', 'v1 node'))).toMatchObject({ code: 'key-in-use' });
    const stolen = { id: 'm4.admin', ...all.newKey('k', 'm9.admin') };
    const args = { id: 'm4', name: 'New one', admin: stolen };
    expect(reasonOf({ kind: 'members.add', args })).toMatchObject({ code: 'possession-invalid' });
  });
});

describe('members.suspend and restore', () => {
  test('a suspended member’s identities are refused at once, and act again when it is restored', () => {
    decide(of('members.suspend', 'm3'));
    expect(refusalOf('m3.submitter')).toEqual({
      code: 'identity-not-active',
      facts: { identity: 'm3.submitter', status: 'member-suspended' },
    });
    expect(activeMembers(all.chain.view).map(({ id }) => id)).toEqual(['m1', 'm2']);
    all.decide([of('members.restore', 'm3')], ['m2.admin']);
    expect(refusalOf('m3.submitter')).toBeUndefined();
  });

  test('what its identities may is changed meanwhile by ballots', () => {
    decide(of('members.suspend', 'm3'));
    const args = { identity: 'm3.admin', ...all.newKey('found', 'm3.admin') };
    all.decide([{ kind: 'identities.replace-key', args }], ['m2.admin']);
    expect(readIdentity(all.chain.view, 'm3.admin')).toMatchObject({
      key: keyOf('found'),
      status: 'member-suspended',
    });
    expect(
      reasonOf({ kind: 'identities.revoke-role', args: { identity: 'm3.admin', role: 'admin' } }),
    ).toEqual({
      code: 'last-admin',
      facts: { member: 'm3' },
    });
  });

  test.each<[string, ActionKind, string, Rejection]>([
    ['nobody', 'members.suspend', 'm9', { code: 'unknown-member', facts: { member: 'm9' } }],
    ['nobody', 'members.restore', 'm9', { code: 'unknown-member', facts: { member: 'm9' } }],
    ['nobody', 'members.remove', 'm9', { code: 'unknown-member', facts: { member: 'm9' } }],
    [
      'an active one',
      'members.restore',
      'm2',
      { code: 'member-not-suspended', facts: { member: 'm2', status: 'active' } },
    ],
  ])('of %s: %s is refused', (_name, kind, member, expected) => {
    expect(reasonOf(of(kind, member))).toEqual(expected);
  });

  test('twice is refused', () => {
    const twice = [of('members.suspend', 'm3'), of('members.suspend', 'm3')];
    expect(reasonOf(...twice)).toEqual({
      code: 'member-not-active',
      facts: { member: 'm3', status: 'suspended' },
    });
  });
});

describe('members.remove', () => {
  const threeWithoutNodes = () => {
    const document = documentOf(4);
    const [m1] = document.members;
    const validators = document.validators.map((validator) => ({ ...validator, member: m1!.id }));
    all = createConsortium({ ...document, validators });
  };

  test('is for good: its identities are refused, its id and theirs stay taken', () => {
    threeWithoutNodes();
    all.decide([of('members.remove', 'm4')], ['m2.admin', 'm3.admin']);
    expect(refusalOf('m4.submitter')).toMatchObject({ facts: { status: 'member-removed' } });
    expect(reasonOf(of('members.restore', 'm4'))).toMatchObject({ code: 'member-not-suspended' });
    expect(reasonOf(of('members.remove', 'm4'))).toMatchObject({ code: 'member-not-active' });
    expect(reasonOf(adding('m4'))).toMatchObject({ code: 'member-exists', facts: { status: 'removed' } });
    expect(reasonOf(adding('m5', 'm4.admin'))).toMatchObject({ code: 'identity-exists' });
    const grant: { [name: string]: CborValue } = { identity: 'm4.submitter', role: 'auditor' };
    expect(reasonOf({ kind: 'identities.grant', args: grant })).toEqual({
      code: 'identity-not-active',
      facts: { identity: 'm4.submitter', status: 'member-removed' },
    });
  });

  test('of a suspended member is possible', () => {
    threeWithoutNodes();
    const done = all.decide(
      [of('members.suspend', 'm4'), of('members.remove', 'm4')],
      ['m2.admin', 'm3.admin'],
    );
    expect(typesOf(done)).toContain('members.removed');
  });

  test('waits until it runs nothing any more', () => {
    expect(reasonOf(of('members.remove', 'm1'))).toEqual({
      code: 'member-has-validators',
      facts: { member: 'm1', validators: ['v1', 'v4'], observers: [] },
    });
    threeWithoutNodes();
    const observer = { id: 'm4-mirror', member: 'm4', ...nodeKey('mirror', 'm4-mirror') };
    decide({ kind: 'observers.add', args: observer });
    expect(reasonOf(of('members.remove', 'm4'))).toEqual({
      code: 'member-has-validators',
      facts: { member: 'm4', validators: [], observers: ['m4-mirror'] },
    });
    const both = [
      { kind: 'observers.remove' as const, args: { id: 'm4-mirror' } },
      of('members.remove', 'm4'),
    ];
    expect(typesOf(all.decide(both, ['m2.admin', 'm3.admin']))).toContain('members.removed');
  });

  const nodeKey = (name: string, owner: string) => {
    const { key, possession } = all.newKey(name, owner, 'node', 'm4');
    return { nodeKey: key, possession };
  };
});

test('the last active member neither is suspended nor goes', () => {
  const suspensions = ['m1', 'm2', 'm3'].map((member) => of('members.suspend', member));
  expect(reasonOf(...suspensions)).toEqual({ code: 'last-member', facts: { member: 'm3' } });
  const document = documentOf(2);
  const [, m2] = document.members;
  const validators = document.validators.map((validator) => ({ ...validator, member: m2!.id }));
  all = createConsortium({ ...document, validators });
  expect(reasonOf(of('members.suspend', 'm2'), of('members.remove', 'm1'))).toEqual({
    code: 'last-member',
    facts: { member: 'm1' },
  });
});

test('nobody adds or removes a member alone', () => {
  const { refusal } = all.act('m1.admin', 'members.suspend', { member: 'm2' });
  expect(refusal).toEqual({ code: 'unknown-action', facts: { action: 'members.suspend' } });
});

test.each<[string, { [name: string]: CborValue }]>([
  ['id', { id: 'Upper' }],
  ['name', { name: ' spaced ' }],
  ['name', { name: '' }],
  ['admin', { admin: { id: 'm4.admin' } }],
])('a malformed %s is refused at its place', (field, change) => {
  const action = adding('m4');
  const { refusal } = all.propose('m1.admin', [{ ...action, args: { ...action.args, ...change } }]);
  expect(refusal?.code).toBe('malformed-args');
  expect(refusal?.facts.path).toContain(`args.actions[0].args.${field}`);
});
