/** Rule E3 and what else refuses a change, each with n, f and Q before and after. */
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../shared/codec/hex.ts';
import { faultsTolerated, quorum } from '../../../shared/protocol/quorum.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import {
  add,
  addition,
  type Consortium,
  consortiumDocument,
  createConsortium,
  incarnationOf,
  newKey,
  newStore,
  possessionOf,
  refusals,
  remove,
  steps,
  validatorNamed,
} from '../epoch-test-support.ts';
import { contextOf, keyOf } from '../test-support.ts';
import type { GovernedContext } from '../types.ts';
import { changesAllowed } from './change-check.ts';
import { planActions } from './plan.ts';
import { verifySignature } from './test-support.ts';

const consortium = (n: number) => createConsortium(consortiumDocument(n));
const figures = (n: number) => ({ n, f: faultsTolerated(n), q: quorum(n) });
/** The reason of the refused action, or undefined. */
const tried = (net: Consortium, actions: readonly GovernedAction[], admin?: string): unknown => {
  const [refusal] = refusals(net.block([net.decide(actions, admin)])) as { readonly facts: unknown }[];
  return refusal?.facts;
};
const parameters = (set: { readonly [name: string]: number }): GovernedAction => ({
  kind: 'parameters.set',
  args: { set },
});

/** Joins, removals and new keys, up to four each, of different validators. */
function mixes(n: number): readonly (readonly [number, number, number])[] {
  const upTo = (most: number) => Array.from({ length: most + 1 }, (_, index) => index);
  return upTo(4)
    .flatMap((joins) =>
      upTo(Math.min(4, n)).flatMap((removals) =>
        upTo(Math.min(4, n - removals)).map((keys) => [joins, removals, keys] as const),
      ),
    )
    .filter(([joins, removals, keys]) => joins + removals + keys > 0);
}

describe('how many validators one activation changes', () => {
  // By rule E3: max(1, f), of the old set's f and of the new set's.
  test.each([
    [1, 2, 1],
    [2, 3, 1],
    [3, 4, 1],
    [4, 5, 1],
    [5, 6, 1],
    [6, 7, 1],
    [7, 7, 2],
    [7, 8, 2],
    [7, 9, 2],
    [8, 6, 1],
    [9, 7, 2],
    [10, 10, 3],
    [10, 13, 3],
    [10, 9, 2],
    [10, 8, 2],
  ])('from %i to %i: %i', (n, next, allowed) => {
    expect(changesAllowed(n, next)).toBe(allowed);
  });

  const upToTen = Array.from({ length: 10 }, (_, index) => index + 1);
  test.each(upToTen)('every mix of joins, removals and new keys of a set of %i, in both orders', (n) => {
    const { view, genesis } = consortium(n);
    const context: GovernedContext = {
      ...contextOf('m1.admin', 'm1', ['admin']),
      network: genesis.network,
      verifySignature,
      proposal: { number: 0, member: 'm1' },
    };
    for (const [joins, removals, keys] of mixes(n)) {
      const next = n + joins - removals;
      const changed = joins + removals + keys;
      const isAllowed = changed <= Math.max(1, Math.min(faultsTolerated(n), faultsTolerated(next)));
      const isEnough = next >= 1 && (next >= 4 || n < 4);
      const actions = [
        ...Array.from({ length: joins }, (_, i) => add(genesis.network, `v${n + 1 + i}`)),
        ...Array.from({ length: removals }, (_, i) => remove(`v${1 + i}`)),
        ...Array.from({ length: keys }, (_, i) => newKey(genesis.network, `v${n - i}`, `v${n - i} next`)),
      ];
      for (const order of [actions, [...actions].reverse()]) {
        const plan = planActions(view, context, order);
        expect({ joins, removals, keys, ok: plan.ok }).toEqual({
          joins,
          removals,
          keys,
          ok: isAllowed && isEnough,
        });
        if (!plan.ok) expect(plan.rejection.code).toMatch(/^too-(few-validators|many-changes)$/);
      }
    }
  });

  test('key and store of one validator are one change, two validators are two', () => {
    const net = consortium(4);
    const { network } = net.genesis;
    expect(tried(net, [newKey(network, 'v1', 'v1 next'), newStore('v2', 2)])).toMatchObject({
      index: 1,
      reason: 'too-many-changes',
      facts: { changed: 2, allowed: 1, before: figures(4), after: figures(4) },
    });
    expect(tried(net, [newKey(network, 'v1', 'v1 next'), newStore('v1', 2)])).toBeUndefined();
  });
});

describe('a change of the set is refused', () => {
  test('below 4 in a network that had 4', () => {
    expect(tried(consortium(4), [remove('v4')])).toMatchObject({
      reason: 'too-few-validators',
      facts: { validatorsMin: 4, before: figures(4), after: figures(3) },
    });
    expect(tried(consortium(3), [remove('v3')])).toBeUndefined();
    expect(tried(consortium(1), [remove('v1')])).toMatchObject({
      reason: 'too-few-validators',
      facts: { validatorsMin: 1 },
    });
  });

  test('beside one that is scheduled, or that the members approved', () => {
    const net = consortium(5);
    const { network } = net.genesis;
    net.block([net.decide([add(network, 'v6')])]);
    const approved = { number: 0, status: 'approved' };
    expect(tried(net, [remove('v5')])).toMatchObject({ reason: 'activation-pending', facts: approved });
    expect(refusals(net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]))).toEqual([
      { code: 'activation-pending', facts: approved },
    ]);
    const other = consortium(5);
    other.block([other.decide([remove('v5')])]);
    expect(tried(other, [remove('v4')])).toMatchObject({
      reason: 'activation-pending',
      facts: { number: 0, status: 'scheduled', at: 5 },
    });
  });

  test('who joins: its id, member, keys, store and addresses', () => {
    const net = consortium(5);
    const { network } = net.genesis;
    const joining = validatorNamed('v6');
    const with_ = (change: Partial<typeof joining>): GovernedAction => ({
      kind: 'validators.add',
      args: addition(network, { ...joining, ...change }),
    });
    const reason = (action: GovernedAction) => tried(net, [action]);
    expect(reason(with_({ id: 'v1' as never }))).toMatchObject({ reason: 'validator-exists' });
    expect(reason(with_({ member: 'nobody' as never }))).toMatchObject({ reason: 'unknown-member' });
    expect(reason(with_({ consensusKey: keyOf('v1 node') }))).toMatchObject({ reason: 'key-in-use' });
    expect(reason(with_({ nodeKey: keyOf('m1.admin') }))).toMatchObject({ reason: 'key-in-use' });
    expect(reason(with_({ nodeKey: joining.consensusKey }))).toMatchObject({ reason: 'key-in-use' });
    expect(reason(with_({ incarnation: incarnationOf('v1', 1) }))).toMatchObject({
      reason: 'incarnation-in-use',
      facts: { incarnation: incarnationOf('v1', 1), validator: 'v1' },
    });
    expect(reason(with_({ address: validatorNamed('v2').address }))).toMatchObject({
      reason: 'address-in-use',
      facts: { validator: 'v2', address: validatorNamed('v2').address },
    });
    expect(reason(with_({ gateway: validatorNamed('v3').gateway }))).toMatchObject({
      reason: 'address-in-use',
    });
    const args = addition(network, joining);
    const possession = { consensus: new Uint8Array(64), node: new Uint8Array(64) };
    expect(reason({ kind: 'validators.add', args: { ...args, possession } })).toMatchObject({
      reason: 'possession-invalid',
    });
    net.block([net.decide([{ kind: 'members.suspend', args: { member: 'm6' } }])]);
    expect(reason(with_({}))).toMatchObject({ reason: 'member-not-active' });
    net.block([net.decide([{ kind: 'members.restore', args: { member: 'm6' } }])]);
    net.block([net.decide([remove('v5')])]);
    net.upTo(net.height() + 4);
    const again = { id: 'v5' as never, member: 'm5' as never };
    expect(reason(with_(again))).toMatchObject({ reason: 'id-used-before', facts: { id: 'v5' } });
    expect(reason(with_({}))).toBeUndefined();
  });

  test('an id that an observer has, and an observer with the id of who is to join', () => {
    const net = consortium(4);
    const { network } = net.genesis;
    const observer = (id: string, key: string): GovernedAction => ({
      kind: 'observers.add',
      args: {
        id,
        member: 'm1',
        nodeKey: fromHex(keyOf(key)),
        possession: possessionOf(network, { key: keyOf(key), kind: 'node', owner: id, member: 'm1' }),
      },
    });
    expect(tried(net, [observer('v5', 'o5')])).toBeUndefined();
    expect(tried(net, [add(network, 'v5')])).toMatchObject({ reason: 'observer-exists' });
    expect(tried(net, [add(network, 'v6')])).toBeUndefined();
    expect(tried(net, [observer('v6', 'o6')])).toMatchObject({ reason: 'validator-exists' });
    expect(tried(net, [{ kind: 'members.remove', args: { member: 'm6' } }])).toMatchObject({
      reason: 'member-has-validators',
    });
  });

  test('of a validator that there is not, and twice in one proposal', () => {
    const net = consortium(8);
    const { network } = net.genesis;
    const twice = (...actions: readonly GovernedAction[]) => tried(net, actions);
    for (const action of [remove('v9'), newKey(network, 'v9', 'v9 next'), newStore('v9', 2)])
      expect(twice(action)).toMatchObject({ reason: 'unknown-validator', facts: { validator: 'v9' } });
    const changed = { reason: 'changed-twice' };
    expect(twice(newKey(network, 'v1', 'a'), newKey(network, 'v1', 'b'))).toMatchObject(changed);
    expect(twice(newStore('v1', 2), newStore('v1', 3))).toMatchObject(changed);
    expect(twice(newKey(network, 'v1', 'a'), remove('v1'))).toMatchObject(changed);
    expect(twice(remove('v1'), newStore('v1', 2))).toMatchObject(changed);
    const raise = { kind: 'protocol.raise', args: { version: 2 } } as const;
    expect(twice(raise, raise)).toMatchObject({ ...changed, facts: { kind: 'protocol' } });
    expect(twice(newStore('v1', 1))).toMatchObject({ reason: 'incarnation-in-use' });
    expect(twice(remove('v1'), remove('v1'))).toMatchObject(changed);
  });
});

describe('a change of parameters or protocol is refused', () => {
  test.each([
    [{ window: 0 }, 'from 1 to 256'],
    [{ window: 257 }, 'from 1 to 256'],
    [{ batchBytesMax: 6 * 1024 * 1024 + 1 }, 'from 4096 to 6291456'],
    [{ envelopeBytesMax: 5 * 1024 * 1024 }, 'at most 4194304, as batchBytesMax is 4194304'],
    [{ batchBytesMax: 32_768 }, 'at least 65536, as envelopeBytesMax is 65536'],
    [{ heartbeatMs: 751 }, 'at most 750, as primarySilenceMs is 1500'],
    [{ primarySilenceMs: 499 }, 'at least 500, as heartbeatMs is 250'],
    [{ viewTimeoutMs: 60_001 }, 'at most 60000, as viewTimeoutMaxMs is 60000'],
    [{ waitingTimeoutMs: 499 }, 'at least 500, as heartbeatMs is 250'],
  ])('%j: %s', (set, expected) => {
    const [[parameter, value]] = Object.entries(set) as [[string, number]];
    expect(tried(consortium(4), [parameters(set)])).toMatchObject({
      reason: 'parameter-out-of-range',
      facts: { parameter, value, expected },
    });
  });

  test('that changes nothing', () => {
    expect(tried(consortium(4), [parameters({ window: 3 })])).toMatchObject({
      reason: 'parameter-unchanged',
      facts: { parameters: ['window'] },
    });
    expect(tried(consortium(4), [parameters({})])).toMatchObject({ reason: 'parameter-unchanged' });
  });

  test('both sides of a relation move together', () => {
    expect(
      tried(consortium(4), [parameters({ heartbeatMs: 1_000, primarySilenceMs: 3_000 })]),
    ).toBeUndefined();
  });

  test('that makes the largest NEW-VIEW larger than a frame', () => {
    const net = consortium(10);
    const facts = tried(net, [parameters({ window: 256, batchBytesMax: 1024 * 1024 })]);
    expect(facts).toMatchObject({
      reason: 'messages-too-large',
      facts: { bytesMax: 6 * 1024 * 1024, window: 256, before: figures(10), after: figures(10) },
    });
  });

  test('a protocol that does not follow the present one', () => {
    for (const version of [0, 1, 3])
      expect(tried(consortium(4), [{ kind: 'protocol.raise', args: { version } }])).toMatchObject({
        reason: 'protocol-not-next',
        facts: { version, current: 1 },
      });
  });

  test('in another form', () => {
    const net = consortium(4);
    const refused = net.block([net.decide([parameters({ windows: 3 })])]);
    expect(refusals(refused)).toMatchObject([{ code: 'malformed-args' }]);
    expect(steps(refused)).toEqual([]);
  });
});
