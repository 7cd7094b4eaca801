/** What admins decide about their own member's identities, and what an identity decides about itself. */
import { beforeEach, describe, expect, test } from 'vitest';
import { heightOf } from '../../../shared/types/brands.ts';
import type { CborValue, Role } from '../../../shared/types/ledger.ts';
import { keyOf } from '../test-support.ts';
import { holderOfKeyAt, identityCount, identityNumbered, identityOfKey, readIdentity } from './identities.ts';
import { readKey } from './keys.ts';
import {
  type Consortium,
  createConsortium,
  type Done,
  documentOf,
  keyBytes,
  typesOf,
} from './test-support.ts';

let all: Consortium;
beforeEach(() => {
  all = createConsortium(documentOf(2));
});

const identity = (id: string) => readIdentity(all.chain.view, id);
const add = (
  sender: string,
  id: string,
  roles: readonly Role[],
  change: { [name: string]: CborValue } = {},
) => all.act(sender, 'identities.add', { id, roles, ...all.newKey(`${id} key`, id), ...change });
const replaceKey = (sender: string, id: string, name: string): Done =>
  all.act(sender, 'identities.replace-key', { identity: id, ...all.newKey(name, id) });
const grant = (sender: string, id: string, role: Role): Done =>
  all.act(sender, 'identities.grant', { identity: id, role });
const revokeRole = (sender: string, id: string, role: Role): Done =>
  all.act(sender, 'identities.revoke-role', { identity: id, role });
const revoke = (sender: string, id: string): Done =>
  all.act(sender, 'identities.revoke', { identity: id, reason: 'left the company' });

const notAdmin = (id: string) => ({ code: 'role-missing', facts: { identity: id, needed: ['admin'] } });
const notOwn = { code: 'not-own-member', facts: { member: 'm2', own: 'm1' } };
const unknown = { code: 'unknown-identity', facts: { identity: 'nobody' } };

describe('identities.add', () => {
  test('an admin adds one to its own member, with the key registered', () => {
    const done = add('m1.admin', 'm1.bot', ['submitter', 'operator'], { encryptionKey: keyBytes('x25519') });
    expect(typesOf(done)).toEqual(['identities.added', 'keys.registered']);
    expect(identity('m1.bot')).toEqual({
      id: 'm1.bot',
      member: 'm1',
      key: keyOf('m1.bot key'),
      roles: ['operator', 'submitter'],
      encryptionKey: keyOf('x25519'),
      status: 'active',
    });
    expect(readKey(all.chain.view, keyOf('m1.bot key'))).toEqual({
      key: keyOf('m1.bot key'),
      kind: 'identity',
      owner: 'm1.bot',
      member: 'm1',
      since: 1,
    });
    expect(all.act('m1.bot key', 'assets.define', { asset: 'gold', decimals: 0 }).refusal).toBeUndefined();
  });

  test('a member’s identities are numbered in the order in which they came, and stay', () => {
    const state = all.chain.view;
    add('m1.admin', 'm1.bot', []);
    add('m2.admin', 'm2.bot', []);
    add('m1.admin', 'm1.a', []);
    revoke('m1.admin', 'm1.bot');
    const numbered = Array.from({ length: 5 }, (_, index) => identityNumbered(state, 'm1', index)?.id);
    expect(numbered).toEqual(['m1.admin', 'm1.submitter', 'm1.bot', 'm1.a', undefined]);
    expect(['m1', 'm2', 'm3'].map((member) => identityCount(state, member))).toEqual([4, 3, 0]);
    expect(identityNumbered(state, 'm1', 2)?.status).toBe('revoked');
  });

  test('is for admins', () => {
    expect(add('m1.submitter', 'm1.bot', []).refusal).toEqual(notAdmin('m1.submitter'));
  });

  test.each(['admin', 'auditor', 'reader'] as const)('the role %s needs ballots', (role) => {
    const { refusal } = add('m1.admin', 'm1.bot', ['submitter', role]);
    expect(refusal).toEqual({ code: 'role-needs-ballots', facts: { role } });
    expect(identity('m1.bot')).toBeUndefined();
  });

  test('an id is given once, over all members, whatever became of it', () => {
    add('m2.admin', 'm2.bot', []);
    revoke('m2.admin', 'm2.bot');
    const { refusal } = add('m1.admin', 'm2.bot', [], all.newKey('other', 'm2.bot'));
    expect(refusal).toEqual({ code: 'identity-exists', facts: { identity: 'm2.bot', member: 'm2' } });
  });

  test.each([
    ['an identity', 'm2.submitter', 'm2.submitter'],
    ['a consensus key', 'v1 consensus', 'v1'],
    ['a node key', 'v2 node', 'v2'],
  ])('E4: a key that is %s already is refused', (_name, key, owner) => {
    const { refusal } = add('m1.admin', 'm1.bot', [], all.newKey(key, 'm1.bot'));
    expect(refusal).toEqual({ code: 'key-in-use', facts: { key: keyOf(key), owner } });
  });

  test.each<[string, () => { [name: string]: CborValue }]>([
    ['another owner', () => ({ possession: all.newKey('m1.bot key', 'm1.other').possession })],
    ['another kind', () => ({ possession: all.newKey('m1.bot key', 'm1.bot', 'node').possession })],
    ['another key', () => ({ possession: all.newKey('thief', 'm1.bot').possession })],
    [
      'another network',
      () => ({
        possession: createConsortium(documentOf(3)).newKey('m1.bot key', 'm1.bot').possession,
      }),
    ],
  ])('a proof of possession for %s is refused', (_name, change) => {
    expect(add('m1.admin', 'm1.bot', [], change()).refusal).toEqual({
      code: 'possession-invalid',
      facts: { key: keyOf('m1.bot key'), owner: 'm1.bot' },
    });
  });
});

test('who sees the proof of another member’s new key cannot have that key answer for its own member', () => {
  const proven = all.newKey('m1.bot key', 'm1.bot');
  expect(add('m2.admin', 'm1.bot', [], proven).refusal?.code).toBe('possession-invalid');
  expect(readKey(all.chain.view, keyOf('m1.bot key'))).toBeUndefined();
  expect(add('m1.admin', 'm1.bot', [], proven).refusal).toBeUndefined();
  expect(readKey(all.chain.view, keyOf('m1.bot key'))).toMatchObject({ owner: 'm1.bot', member: 'm1' });
});

describe('identities.replace-key', () => {
  test('by itself: the old key is nobody’s any more and stays taken', () => {
    const done = replaceKey('m1.submitter', 'm1.submitter', 'second key');
    expect(typesOf(done)).toEqual(['identities.key-replaced', 'keys.retired', 'keys.registered']);
    expect(identityOfKey(all.chain.view, keyOf('m1.submitter'))).toBeUndefined();
    expect(identityOfKey(all.chain.view, keyOf('second key'))?.id).toBe('m1.submitter');
    expect(readKey(all.chain.view, keyOf('m1.submitter'))).toMatchObject({ since: 0, until: 1 });
    expect(readKey(all.chain.view, keyOf('second key'))).toMatchObject({ since: 1 });
    expect(replaceKey('m1.submitter', 'm1.submitter', 'third').refusal?.code).toBe('unknown-sender');
    expect(replaceKey('second key', 'm1.submitter', 'm1.submitter').refusal?.code).toBe('key-in-use');
  });

  test('whose a key was at a height is known for ever', () => {
    replaceKey('m1.submitter', 'm1.submitter', 'second key');
    replaceKey('second key', 'm1.submitter', 'third key');
    const holder = (name: string, height: number) =>
      holderOfKeyAt(all.chain.view, keyOf(name), heightOf(height));
    expect([1, 2].map((height) => holder('m1.submitter', height))).toEqual(['m1.submitter', undefined]);
    expect([2, 3].map((height) => holder('second key', height))).toEqual(['m1.submitter', undefined]);
    expect([1, 2, 9].map((height) => holder('third key', height))).toEqual([
      undefined,
      'm1.submitter',
      'm1.submitter',
    ]);
    revoke('m1.admin', 'm1.submitter');
    expect(holder('third key', 9)).toBe('m1.submitter');
    expect(holder('v1 consensus', 0)).toBeUndefined();
    expect(holder('nobody', 0)).toBeUndefined();
  });

  test('by an admin of its member, of another admin too', () => {
    expect(replaceKey('m1.admin', 'm1.submitter', 'second key').refusal).toBeUndefined();
    all.decide(
      [{ kind: 'identities.grant', args: { identity: 'm1.submitter', role: 'admin' } }],
      ['m2.admin'],
    );
    expect(replaceKey('second key', 'm1.admin', 'third key').refusal).toBeUndefined();
    expect(identity('m1.admin')?.key).toBe(keyOf('third key'));
  });

  test('by others is refused by name', () => {
    expect(replaceKey('m1.submitter', 'm1.admin', 'k').refusal).toEqual(notAdmin('m1.submitter'));
    expect(replaceKey('m1.admin', 'm2.submitter', 'k').refusal).toEqual(notOwn);
    expect(replaceKey('m1.admin', 'nobody', 'k').refusal).toEqual(unknown);
  });

  test('a suspected key does not replace itself; an admin does', () => {
    const suspicion = { key: keyBytes('m1.submitter'), since: { height: 0 }, reason: 'laptop stolen' };
    expect(all.act('m1.admin', 'keys.suspect', suspicion).refusal).toBeUndefined();
    expect(replaceKey('m1.submitter', 'm1.submitter', 'thief').refusal).toEqual({
      code: 'key-suspected',
      facts: { key: keyOf('m1.submitter'), owner: 'm1.submitter' },
    });
    expect(replaceKey('m1.admin', 'm1.submitter', 'second key').refusal).toBeUndefined();
    expect(replaceKey('second key', 'm1.submitter', 'third key').refusal).toBeUndefined();
  });

  test('a revoked one gets no key', () => {
    revoke('m1.admin', 'm1.submitter');
    expect(replaceKey('m1.admin', 'm1.submitter', 'k').refusal).toEqual({
      code: 'identity-not-active',
      facts: { identity: 'm1.submitter', status: 'revoked' },
    });
  });
});

describe('identities.set-encryption-key', () => {
  test('is the identity’s own affair, and may be repeated', () => {
    for (const name of ['first', 'second']) {
      const args = { encryptionKey: keyBytes(name) };
      expect(all.act('m1.submitter', 'identities.set-encryption-key', args).refusal).toBeUndefined();
      expect(identity('m1.submitter')?.encryptionKey).toBe(keyOf(name));
    }
  });
});

describe('roles that a member gives alone', () => {
  test('submitter and operator are granted and revoked', () => {
    expect(grant('m1.admin', 'm1.submitter', 'operator').refusal).toBeUndefined();
    expect(identity('m1.submitter')?.roles).toEqual(['operator', 'submitter']);
    expect(revokeRole('m1.admin', 'm1.submitter', 'submitter').refusal).toBeUndefined();
    expect(identity('m1.submitter')?.roles).toEqual(['operator']);
  });

  test('a revoked role ends in the next transaction', () => {
    revokeRole('m1.admin', 'm1.submitter', 'submitter');
    const done = all.act('m1.submitter', 'assets.define', { asset: 'gold', decimals: 0 });
    expect(done.refusal?.code).toBe('role-missing');
  });

  test.each([
    ['grant', grant],
    ['revoke-role', revokeRole],
  ] as const)('%s: refusals', (_name, change) => {
    expect(change('m1.submitter', 'm1.submitter', 'operator').refusal).toEqual(notAdmin('m1.submitter'));
    expect(change('m1.admin', 'm2.submitter', 'operator').refusal).toEqual(notOwn);
    expect(change('m1.admin', 'nobody', 'operator').refusal).toEqual(unknown);
    for (const role of ['admin', 'auditor', 'reader'] as const) {
      const needsBallots = { code: 'role-needs-ballots', facts: { role } };
      expect(change('m1.admin', 'm1.submitter', role).refusal).toEqual(needsBallots);
    }
  });

  test('what is so already is refused', () => {
    expect(grant('m1.admin', 'm1.submitter', 'submitter').refusal).toEqual({
      code: 'role-unchanged',
      facts: { identity: 'm1.submitter', role: 'submitter', has: true },
    });
    expect(revokeRole('m1.admin', 'm1.submitter', 'operator').refusal).toEqual({
      code: 'role-unchanged',
      facts: { identity: 'm1.submitter', role: 'operator', has: false },
    });
  });
});

describe('identities.revoke', () => {
  test('is final, and the key stays taken', () => {
    expect(typesOf(revoke('m1.admin', 'm1.submitter'))).toEqual(['identities.revoked', 'keys.retired']);
    expect(identity('m1.submitter')?.status).toBe('revoked');
    expect(readKey(all.chain.view, keyOf('m1.submitter'))?.until).toBe(1);
    expect(all.act('m1.submitter', 'assets.define', { asset: 'gold', decimals: 0 }).refusal).toEqual({
      code: 'identity-not-active',
      facts: { identity: 'm1.submitter', status: 'revoked' },
    });
    expect(revoke('m1.admin', 'm1.submitter').refusal?.code).toBe('identity-not-active');
    const again = add('m1.admin', 'm1.bot', [], all.newKey('m1.submitter', 'm1.bot'));
    expect(again.refusal).toMatchObject({ code: 'key-in-use', facts: { owner: 'm1.submitter' } });
  });

  test('the last admin of a member stays; of two, either goes', () => {
    const last = { code: 'last-admin', facts: { member: 'm1' } };
    expect(revoke('m1.admin', 'm1.admin').refusal).toEqual(last);
    all.decide(
      [{ kind: 'identities.grant', args: { identity: 'm1.submitter', role: 'admin' } }],
      ['m2.admin'],
    );
    expect(revoke('m1.submitter', 'm1.admin').refusal).toBeUndefined();
    expect(revoke('m1.submitter', 'm1.submitter').refusal).toEqual(last);
  });

  test('by others is refused by name', () => {
    expect(revoke('m1.submitter', 'm1.submitter').refusal).toEqual(notAdmin('m1.submitter'));
    expect(revoke('m1.admin', 'm2.submitter').refusal).toEqual(notOwn);
    expect(revoke('m1.admin', 'nobody').refusal).toEqual(unknown);
  });
});

describe('by ballots', () => {
  const decide = (kind: 'identities.grant' | 'identities.revoke-role', args: { [name: string]: CborValue }) =>
    all.decide([{ kind, args }], ['m2.admin']);
  const planRefused = (reason: string, facts: { [name: string]: CborValue }) => ({
    code: 'plan-refused',
    facts: { index: 0, kind: expect.any(String), reason, facts },
  });

  test('any role is granted and revoked', () => {
    decide('identities.grant', { identity: 'm2.submitter', role: 'auditor' });
    expect(identity('m2.submitter')?.roles).toEqual(['auditor', 'submitter']);
    decide('identities.revoke-role', { identity: 'm2.submitter', role: 'submitter' });
    expect(identity('m2.submitter')?.roles).toEqual(['auditor']);
  });

  test('a reader is given streams, other ones later, and loses them with the role', () => {
    const reads = (streams: readonly string[]) => ({ identity: 'm1.submitter', role: 'reader', streams });
    decide('identities.grant', reads(['orders', 'public/*']));
    expect(identity('m1.submitter')).toMatchObject({
      roles: ['reader', 'submitter'],
      streams: ['orders', 'public/*'],
    });
    decide('identities.grant', reads(['*']));
    expect(identity('m1.submitter')?.streams).toEqual(['*']);
    decide('identities.revoke-role', { identity: 'm1.submitter', role: 'submitter' });
    expect(identity('m1.submitter')?.streams).toEqual(['*']);
    decide('identities.revoke-role', { identity: 'm1.submitter', role: 'reader' });
    expect(identity('m1.submitter')).toMatchObject({ roles: [] });
    expect(identity('m1.submitter')?.streams).toBeUndefined();
  });

  test.each([
    ['a reader without streams', { identity: 'm1.submitter', role: 'reader' }, 'reader'],
    ['streams of an auditor', { identity: 'm1.submitter', role: 'auditor', streams: ['s'] }, 'auditor'],
  ])('%s: refused', (_name, args, role) => {
    expect(decide('identities.grant', args).refusal).toBeDefined();
    const { refusal } = all.propose('m1.admin', [{ kind: 'identities.grant', args }]);
    expect(refusal).toEqual(planRefused('streams-needed', { role }));
  });

  test('the last admin keeps its role', () => {
    const actions = [
      { kind: 'identities.revoke-role' as const, args: { identity: 'm2.admin', role: 'admin' } },
    ];
    expect(all.propose('m1.admin', actions).refusal).toEqual(planRefused('last-admin', { member: 'm2' }));
  });

  test('an admin’s lost key is replaced, suspected or not', () => {
    const suspicion = { key: keyBytes('m2.admin'), since: { time: all.time }, reason: 'lost' };
    const args = { identity: 'm2.admin', ...all.newKey('found', 'm2.admin') };
    const done = all.decide(
      [
        { kind: 'keys.suspect', args: suspicion },
        { kind: 'identities.replace-key', args },
      ],
      ['m2.admin'],
    );
    expect(typesOf(done)).toEqual([
      'governance.voted',
      'governance.accepted',
      'keys.suspected',
      'identities.key-replaced',
      'keys.retired',
      'keys.registered',
      'governance.executed',
    ]);
    expect(identity('m2.admin')?.key).toBe(keyOf('found'));
  });

  test.each([
    ['identities.grant', { identity: 'nobody', role: 'auditor' }],
    ['identities.revoke-role', { identity: 'nobody', role: 'auditor' }],
    ['identities.replace-key', { identity: 'nobody', key: keyBytes('k'), possession: new Uint8Array(64) }],
  ] as const)('%s of nobody is refused', (kind, args) => {
    expect(all.propose('m1.admin', [{ kind, args }]).refusal).toEqual(
      planRefused('unknown-identity', { identity: 'nobody' }),
    );
  });
});

describe('form', () => {
  const bot = { id: 'm1.bot', key: keyBytes('k'), possession: new Uint8Array(64), roles: [] };
  test.each<[string, CborValue, string]>([
    ['identities.add', { ...bot, id: 'Upper' }, 'args.id'],
    ['identities.add', { ...bot, key: new Uint8Array(31) }, 'args.key'],
    ['identities.add', { ...bot, possession: new Uint8Array(63) }, 'args.possession'],
    ['identities.add', { ...bot, roles: ['king'] }, 'args.roles[0]'],
    ['identities.add', { ...bot, roles: ['operator', 'operator'] }, 'args.roles[1]'],
    ['identities.add', { ...bot, encryptionKey: 'ab' }, 'args.encryptionKey'],
    ['identities.replace-key', { identity: 'x', key: keyBytes('k') }, 'args.possession'],
    ['identities.set-encryption-key', { encryptionKey: new Uint8Array(33) }, 'args.encryptionKey'],
    ['identities.grant', { identity: 'x', role: 'operator', streams: ['s'] }, 'args.streams'],
    ['identities.revoke-role', { identity: 'x', role: 'boss' }, 'args.role'],
    ['identities.revoke', { identity: 'x', reason: '' }, 'args.reason'],
  ])('%s %# is refused at its place', (action, args, path) => {
    const { refusal } = all.act('m1.admin', action, args);
    expect(refusal).toMatchObject({ code: 'malformed-args' });
    expect(refusal?.facts.path).toBe(path);
  });

  test.each([[['s', 's']], [[' s']], [['']], [[]], [['é'.normalize('NFD')]]])(
    'streams %j of a reader are refused',
    (streams) => {
      const args = { identity: 'm1.submitter', role: 'reader', streams };
      const { refusal } = all.propose('m1.admin', [{ kind: 'identities.grant', args }]);
      expect(refusal?.code).toBe('malformed-args');
      expect(refusal?.facts.path).toContain('args.actions[0].args.streams');
    },
  );

  test('nothing of a refusal is in state', () => {
    const before = identity('m1.submitter');
    grant('m2.admin', 'm1.submitter', 'operator');
    expect(identity('m1.submitter')).toEqual(before);
  });
});
