import { describe, expect, test } from 'vitest';
import type { CborValue, LedgerEvent, Role } from '../../../shared/types/ledger.ts';
import { amountMax } from '../limits.ts';
import { contextOf, genesisIdentity, stateAfter } from '../test-support.ts';
import type { Decision, StateChanges } from '../types.ts';
import { evolve, rulesOf } from './all.ts';
import { assetsModule, readAsset, readBalance } from './assets.ts';
import { identityAdded } from './identities.ts';
import { memberAdded } from './members.ts';

const people: readonly LedgerEvent[] = [
  memberAdded({ id: 'north', name: 'Member north' }),
  ...['ann', 'bob'].map((id) => identityAdded(genesisIdentity(id, 'north', ['submitter']))),
];
const defined: LedgerEvent = {
  type: 'assets.defined',
  data: { asset: 'vaccine', decimals: 0, definer: 'ann', member: 'north' },
};
const issued = (to: string, amount: number | bigint): LedgerEvent => ({
  type: 'assets.issued',
  data: { asset: 'vaccine', to, amount },
});
const given = (...events: readonly LedgerEvent[]): StateChanges => stateAfter(evolve, [...people, ...events]);

interface Sender {
  readonly id?: string;
  readonly member?: string;
  readonly roles?: readonly Role[];
}
function when(
  events: readonly LedgerEvent[],
  action: string,
  args: CborValue,
  { id = 'ann', member = 'north', roles = ['submitter'] }: Sender = {},
): Decision {
  expect(assetsModule.actions[action]?.(args)).toBeUndefined();
  return assetsModule.decide(given(...events), contextOf(id, member, roles), action, args);
}
const accepted = (type: string, data: LedgerEvent['data']): Decision => ({
  ok: true,
  events: [{ type, data }],
});
const refused = (code: string, facts: { readonly [name: string]: CborValue }): Decision => ({
  ok: false,
  rejection: { code, facts },
});

describe('define', () => {
  test('records who defined it', () => {
    const args = { asset: 'vaccine', name: 'Vaccine doses', decimals: 2 };
    const data = { ...args, definer: 'ann', member: 'north' };
    expect(when([], 'assets.define', args)).toEqual(accepted('assets.defined', data));
    const state = given({ type: 'assets.defined', data });
    expect(readAsset(state, 'vaccine')).toEqual({ ...data, supply: 0n });
  });

  test('of an existing asset is refused', () => {
    expect(when([defined], 'assets.define', { asset: 'vaccine', decimals: 0 })).toEqual(
      refused('asset-exists', { asset: 'vaccine', definer: 'ann' }),
    );
  });
});

describe('issue', () => {
  const args = { asset: 'vaccine', to: 'bob', amount: 5 };

  test.each([
    ['the definer', {}, true],
    ['an admin of its member', { id: 'carl', roles: ['admin'] }, true],
    ['an operator of its member', { id: 'carl', roles: ['operator'] }, true],
    ['another submitter of its member', { id: 'carl' }, false],
    ['an admin of another member', { id: 'dora', member: 'south', roles: ['admin'] }, false],
  ] as const)('by %s: %s', (_name, sender, may) => {
    const expected = may
      ? accepted('assets.issued', args)
      : refused('not-asset-issuer', {
          asset: 'vaccine',
          identity: (sender as Sender).id ?? '',
          definer: 'ann',
          member: 'north',
        });
    expect(when([defined], 'assets.issue', args, sender)).toEqual(expected);
  });

  test('of an unknown asset, or to nobody, is refused', () => {
    expect(when([], 'assets.issue', args)).toEqual(refused('unknown-asset', { asset: 'vaccine' }));
    expect(when([defined], 'assets.issue', { ...args, to: 'nobody' })).toEqual(
      refused('unknown-identity', { identity: 'nobody' }),
    );
  });

  test('up to 2^64−1 is accepted, one more is refused', () => {
    expect(when([defined], 'assets.issue', { ...args, amount: amountMax }).ok).toBe(true);
    const full = [defined, issued('ann', amountMax - 1n)];
    expect(when(full, 'assets.issue', { ...args, amount: 1 }).ok).toBe(true);
    const facts = { asset: 'vaccine', supply: amountMax - 1n, amount: 2, limit: amountMax };
    expect(when(full, 'assets.issue', { ...args, amount: 2 })).toEqual(refused('amount-overflow', facts));
  });
});

describe('a memo', () => {
  const memo = 'Invoice 2026-117';
  const amount = { asset: 'vaccine', amount: 5 };
  const actions: readonly [action: string, args: { readonly [name: string]: CborValue }][] = [
    ['assets.issue', { ...amount, to: 'bob', memo }],
    ['assets.transfer', { ...amount, to: 'bob', memo }],
    ['assets.burn', { ...amount, memo }],
  ];
  const decide = (protocol: number, action: string, args: CborValue): Decision => {
    const { form, decide: decideBy } = rulesOf(protocol, action)!;
    const malformed = form(args);
    if (malformed !== undefined) return { ok: false, rejection: malformed };
    return decideBy(given(defined, issued('ann', 5)), contextOf('ann', 'north', ['submitter']), action, args);
  };

  test.each(actions)(
    'of %s is taken by the rules of protocol 2, and unknown to those of 1',
    (action, args) => {
      expect(decide(1, action, args)).toMatchObject({
        ok: false,
        rejection: { code: 'malformed-args', facts: { path: 'args.memo' } },
      });
      expect(decide(2, action, args)).toMatchObject({ ok: true, events: [{ data: args }] });
    },
  );

  test.each(actions)('of %s may be left out, and what is decided is the same then', (action, args) => {
    const { memo: _, ...plain } = args;
    expect(decide(2, action, plain)).toEqual(decide(1, action, plain));
    expect(decide(2, action, plain).ok).toBe(true);
  });

  test.each(actions)('of %s is text of 1 to 200 bytes', (action, args) => {
    for (const wrong of ['', 'ü'.repeat(101), 7, null])
      expect(decide(2, action, { ...args, memo: wrong })).toMatchObject({
        rejection: { code: 'malformed-args', facts: { path: 'args.memo' } },
      });
    expect(decide(2, action, { ...args, memo: 'ü'.repeat(100) }).ok).toBe(true);
  });

  test('changes no balance', () => {
    const data = { asset: 'vaccine', from: 'ann', to: 'bob', amount: 2, memo };
    const state = given(defined, issued('ann', 5), { type: 'assets.transferred', data });
    expect([readBalance(state, 'vaccine', 'ann'), readBalance(state, 'vaccine', 'bob')]).toEqual([3n, 2n]);
  });
});

describe('transfer and burn', () => {
  const move = { asset: 'vaccine', to: 'bob', amount: 5 };

  test('move the sender’s own balance', () => {
    expect(when([defined, issued('ann', 5)], 'assets.transfer', move)).toEqual(
      accepted('assets.transferred', { ...move, from: 'ann' }),
    );
    expect(when([defined, issued('ann', 5)], 'assets.burn', { asset: 'vaccine', amount: 5 })).toEqual(
      accepted('assets.burned', { asset: 'vaccine', from: 'ann', amount: 5 }),
    );
  });

  test.each([
    ['assets.transfer', move],
    ['assets.burn', { asset: 'vaccine', amount: 5 }],
  ])('%s beyond the balance is refused with both figures', (action, args) => {
    expect(when([defined, issued('ann', 4)], action, args)).toEqual(
      refused('insufficient-balance', { asset: 'vaccine', identity: 'ann', balance: 4n, needed: 5 }),
    );
  });

  test.each([
    ['assets.transfer', move],
    ['assets.burn', { asset: 'vaccine', amount: 5 }],
  ])('%s of an unknown asset is refused', (action, args) => {
    expect(when([], action, args)).toEqual(refused('unknown-asset', { asset: 'vaccine' }));
  });

  test('to nobody is refused', () => {
    expect(when([defined, issued('ann', 5)], 'assets.transfer', { ...move, to: 'nobody' })).toEqual(
      refused('unknown-identity', { identity: 'nobody' }),
    );
  });

  test('auditors move nothing', () => {
    expect(when([defined], 'assets.transfer', move, { roles: ['auditor'] })).toEqual(
      refused('role-missing', { identity: 'ann', needed: ['submitter', 'operator', 'admin'] }),
    );
  });

  test('balances and supply follow; nothing is kept of a balance of zero', () => {
    const state = given(
      defined,
      issued('ann', 10),
      { type: 'assets.transferred', data: { asset: 'vaccine', from: 'ann', to: 'bob', amount: 10 } },
      { type: 'assets.burned', data: { asset: 'vaccine', from: 'bob', amount: 3 } },
    );
    expect(readBalance(state, 'vaccine', 'bob')).toBe(7n);
    expect(readAsset(state, 'vaccine')?.supply).toBe(7n);
    expect(state.get('assets/balances/vaccine/ann')).toBeUndefined();
  });

  test('a transfer to oneself changes nothing', () => {
    const self = { asset: 'vaccine', from: 'ann', to: 'ann', amount: 10 };
    const state = given(defined, issued('ann', 10), { type: 'assets.transferred', data: self });
    expect(readBalance(state, 'vaccine', 'ann')).toBe(10n);
  });

  test('events that would make a balance negative are a violated invariant', () => {
    const burned = { type: 'assets.burned', data: { asset: 'vaccine', from: 'ann', amount: 1 } };
    expect(() => given(defined, burned)).toThrow('invariant');
  });
});

describe('form', () => {
  test.each([
    ['assets.define', { asset: 'Upper', decimals: 0 }, 'args.asset'],
    ['assets.define', { asset: 'a', decimals: 31 }, 'args.decimals'],
    ['assets.define', { asset: 'a', decimals: -1 }, 'args.decimals'],
    ['assets.define', { asset: 'a', decimals: 0, name: '' }, 'args.name'],
    ['assets.issue', { asset: 'a', to: 'a/b', amount: 1 }, 'args.to'],
    ['assets.transfer', { asset: 'a', to: 'b', amount: 0 }, 'args.amount'],
    ['assets.transfer', { asset: 'a', to: 'b', amount: -1 }, 'args.amount'],
    ['assets.transfer', { asset: 'a', to: 'b', amount: 1.5 }, 'args.amount'],
    ['assets.transfer', { asset: 'a', to: 'b', amount: '1' }, 'args.amount'],
    ['assets.burn', { asset: 'a', amount: amountMax + 1n }, 'args.amount'],
    ['assets.burn', { asset: 'a' }, 'args.amount'],
  ])('%s %o is refused at %s', (action, args, path) => {
    expect(assetsModule.actions[action]?.(args)).toMatchObject({ code: 'malformed-args', facts: { path } });
  });
});
