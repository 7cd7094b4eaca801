import { describe, expect, test } from 'vitest';
import type {
  ActivationJson,
  KeysPlanJson,
  PlannedKeyJson,
  ProposalJson,
} from '../../../../../shared/api.ts';
import {
  handOverRefusal,
  heightProblem,
  preflightOf,
  type RotationFacts,
  rotationOf,
  signerRefusal,
  unusedKeyOf,
} from './rotation-state.ts';

const [oldKey, newKey] = ['aa'.repeat(32), 'bb'.repeat(32)] as const;
const own = { kind: 'consensus', owner: 'alpha', member: 'alpha' } as const;
const old: PlannedKeyJson = { ...own, key: oldKey, use: 'in-use', since: 0, here: 'in-use' };
const fresh = (here: NonNullable<PlannedKeyJson['here']>): PlannedKeyJson => ({
  ...own,
  key: newKey,
  use: 'unused',
  here,
});
const replaced: PlannedKeyJson = { ...old, use: 'retired', here: 'replaced' };

const activation = (change: Partial<ActivationJson>): ActivationJson => ({
  number: 3,
  status: 'approved',
  changes: [{ kind: 'consensus-key', id: 'alpha', key: newKey }],
  cause: { validator: 'alpha' },
  member: 'alpha',
  approvedAt: 10,
  deadline: 0,
  notBefore: 0,
  height: 10,
  ...change,
});
const ready = { key: newKey, incarnation: 'cc'.repeat(16), height: 11, block: oldKey, protocol: 1, times: 1 };
const waitsFor = [{ validator: 'alpha', ready, attestedBy: [], attestationsNeeded: 0 }];
const proposal = {
  actions: [
    {
      kind: 'validators.replace-consensus-key',
      args: { id: 'alpha', key: newKey },
      subject: 'validator alpha',
    },
  ],
} as unknown as ProposalJson;

const facts = (change: Partial<RotationFacts>): RotationFacts => ({
  validator: 'alpha',
  plan: { keys: [old] },
  activation: undefined,
  proposal: undefined,
  ...change,
});

describe('a rotation', () => {
  test.each<[string, Partial<RotationFacts>, string]>([
    ['has not begun', {}, 'undefined'],
    ['has a key that nobody decides on', { plan: { keys: [old, fresh('created')] } }, 'created'],
    ['waits for ballots', { proposal }, 'created, under way'],
    ['is approved', { activation: activation({}) }, 'approved, under way'],
    ['is armed in part', { activation: activation({ waitsFor }) }, 'armed, under way'],
    [
      'is scheduled',
      { activation: activation({ status: 'scheduled', armedAt: 12, at: 80 }) },
      'scheduled, under way',
    ],
    [
      'has switched, and the old key is here',
      { activation: activation({ status: 'active', at: 40 }), plan: { keys: [fresh('in-use'), replaced] } },
      'switched, under way',
    ],
    [
      'is done',
      { activation: activation({ status: 'active', at: 40 }), plan: { keys: [fresh('in-use')] } },
      'erased',
    ],
    [
      'has switched, as far as other members can know',
      { activation: activation({ status: 'active', at: 40 }), plan: undefined },
      'switched',
    ],
    [
      'was withdrawn',
      { activation: activation({ status: 'withdrawn', armedAt: 12 }) },
      'scheduled, withdrawn',
    ],
    ['lapsed', { activation: activation({ status: 'lapsed' }) }, 'approved, lapsed'],
    [
      'begins anew after one that was withdrawn',
      { activation: activation({ status: 'withdrawn' }), plan: { keys: [old, fresh('created')] } },
      'created',
    ],
  ])('%s', (_name, change, expected) => {
    const { reached, isUnderWay, ended, key } = rotationOf(facts(change));
    const told = [
      String(reached),
      ...(isUnderWay ? ['under way'] : []),
      ...(ended === undefined ? [] : [ended]),
    ];
    expect(told.join(', ')).toBe(expected);
    expect(key).toBe(reached === undefined ? undefined : newKey);
  });

  test('of another validator is none of this one', () => {
    const changes = [{ kind: 'consensus-key' as const, id: 'beta', key: newKey }];
    expect(rotationOf(facts({ activation: activation({ changes }) })).key).toBeUndefined();
  });
});

describe('before it begins', () => {
  const plan = (change: Partial<KeysPlanJson>): KeysPlanJson => ({
    node: 'alpha',
    height: 500,
    nowMs: 0,
    keys: [old],
    certificates: [],
    next: [],
    ...change,
  });
  const four = { n: 4, f: 1, q: 3 };
  const told = (change: Partial<KeysPlanJson>, reachable = 4, validators = four) =>
    preflightOf({ validator: 'alpha', plan: plan(change), validators, reachable });

  test('nothing is in the way of an old key of genesis with all validators there', () => {
    expect(told({})).toEqual({ blocked: undefined, ownBlocked: undefined, warning: undefined });
  });

  test('another change of the epoch blocks it', () => {
    const other = { number: 7, status: 'scheduled' as const, deadline: 0, at: 600, member: 'beta' };
    expect(told({ activation: other }).blocked).toBe(
      'Activation 7 of beta is scheduled: one change of the epoch at a time.',
    );
  });

  test.each<[string, Partial<KeysPlanJson>, string]>([
    [
      'that is not here',
      { keys: [{ ...old, here: undefined } as unknown as PlannedKeyJson] },
      'does not hold the old key',
    ],
    [
      'that is suspected',
      { keys: [{ ...old, suspected: { since: { height: 1 }, reason: 'lost', by: { proposal: 1 }, at: 2 } }] },
      'suspected key does not replace itself',
    ],
    ['that is young', { keys: [{ ...old, since: 100 }] }, 'from block 1100 on'],
  ])('a key %s is replaced by ballots alone', (_name, change, why) => {
    expect(told(change)).toMatchObject({ blocked: undefined, ownBlocked: expect.stringContaining(why) });
  });

  test('a key that is a thousand heights old replaces itself again', () => {
    expect(told({ keys: [{ ...old, since: 100 }], height: 1_100 }).ownBlocked).toBeUndefined();
  });

  test('one validator away: the new key could be one fault too many', () => {
    const { ownBlocked, warning } = told({}, 3);
    expect(ownBlocked).toContain('Another validator is away');
    expect(warning).toContain('reaches 3 of 4 validators and the quorum is 3');
  });

  test('a network that bears no fault is warned, and may', () => {
    const { ownBlocked, warning } = told({}, 1, { n: 1, f: 0, q: 1 });
    expect(ownBlocked).toBeUndefined();
    expect(warning).toBeDefined();
  });
});

test('the height is a number, and for the old key alone not further ahead than the ledger allows', () => {
  expect([heightProblem('', 'own', 100), heightProblem(' 356 ', 'own', 100)]).toEqual([undefined, undefined]);
  expect(heightProblem('357', 'own', 100)).toBe(
    'The old key alone may ask for at most 256 blocks ahead, up to 356 now. Ballots may for any.',
  );
  expect(heightProblem('357', 'ballots', 100)).toBeUndefined();
  for (const text of ['soon', '-1', '1.5', '007'])
    expect(heightProblem(text, 'ballots', 100)).toBe('A height is a whole number.');
});

test('admins alone hand over a key that was made elsewhere', () => {
  expect(handOverRefusal({ roles: ['admin', 'operator'] })).toBeUndefined();
  expect(handOverRefusal({ roles: ['operator', 'auditor'] })).toBe(
    'Admins hand a key over; you are signed in as operator, auditor.',
  );
});

test('whoever hands a key over signs with the key of their session, which a link does not open', () => {
  const session = { identity: 'alpha.admin', key: oldKey };
  expect(signerRefusal(session, oldKey)).toBeUndefined();
  expect(signerRefusal(session, undefined)).toBe(
    'Open the key file of alpha.admin first: you sign for the key that you hand over, and being signed in is not enough.',
  );
  expect(signerRefusal(session, newKey)).toBe(
    'The open key is not that of alpha.admin, as whom you are signed in: open that one.',
  );
});

test('a key that nobody has asked for is taken up, and no other', () => {
  expect(unusedKeyOf({ keys: [old, fresh('created')] }, 'alpha')).toBe(newKey);
  expect(unusedKeyOf({ keys: [old, fresh('approved')] }, 'alpha')).toBeUndefined();
  expect(unusedKeyOf({ keys: [old, fresh('created')] }, 'beta')).toBeUndefined();
});
