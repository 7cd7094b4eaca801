/** Whatever is proposed: the dry run says what execution does, it is whole or nothing, and state is events folded. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEvents, encodeEvents } from '../../../shared/codec/ledger.ts';
import { type ActionKind, actionKinds, type GovernedAction } from '../../../shared/types/governance.ts';
import { type GenesisDocument, roles } from '../../../shared/types/ledger.ts';
import { foldBlock } from '../fold.ts';
import { contextOf, createChain, keyOf } from '../test-support.ts';
import type { GovernedContext, StateView } from '../types.ts';
import { readIdentity } from './identities.ts';
import { readKey } from './keys.ts';
import { activeMembers, readMembers } from './members.ts';
import { planActions } from './plan.ts';
import { proposalCount, readProposal } from './proposals.ts';
import {
  type Consortium,
  createConsortium,
  type Done,
  documentOf,
  keyBytes,
  typesOf,
  verifySignature,
} from './test-support.ts';

const present = ['m1', 'm2', 'm3', 'm4'];
const members = [...present, 'm5', 'm6'];
const people = members.flatMap((id) => [`${id}.admin`, `${id}.submitter`]);
const freeKeys = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8'];
const keyNames = [...freeKeys, ...people, 'v1 node'];

const member = fc.constantFrom(...members);
const person = fc.constantFrom(...present.flatMap((id) => [`${id}.admin`, `${id}.submitter`]), 'm5.admin');
/** Some keys are taken. */
const keyName = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...freeKeys) },
  { weight: 1, arbitrary: fc.constantFrom('m1.admin', 'v1 node') },
);
const seldom = fc.integer({ min: 0, max: 9 }).map((value) => value === 0);

type Named = (all: Consortium) => GovernedAction;
const action = (kind: ActionKind, args: GovernedAction['args']): GovernedAction => ({ kind, args });

const addMember = fc
  .tuple(fc.constantFrom('m2', 'm5', 'm6'), keyName)
  .map(([id, key]) => (all: Consortium) => {
    const admin = { id: `${id}.admin`, ...all.newKey(key, `${id}.admin`) };
    return action('members.add', { id, name: id, admin });
  });
const changeMember = fc
  .tuple(fc.constantFrom('suspend', 'restore', 'remove'), fc.constantFrom('m3', 'm4', 'm4', 'm5', 'm6'))
  .map(
    ([verb, id]) =>
      () =>
        action(`members.${verb}` as ActionKind, { member: id }),
  );
const grantRole = fc.tuple(person, fc.constantFrom(...roles), seldom).map(([identity, role, wrong]) => () => {
  const streams = (role === 'reader') !== wrong ? { streams: ['orders', 'public/*'] } : {};
  return action('identities.grant', { identity, role, ...streams });
});
const revokeRole = fc.tuple(person, fc.constantFrom('admin', 'submitter', 'auditor')).map(
  ([identity, role]) =>
    () =>
      action('identities.revoke-role', { identity, role }),
);
/** Now and then somebody else holds the key. */
const replaceKey = fc.tuple(person, seldom, keyName).map(([identity, wrong, key]) => (all: Consortium) => {
  const holder = wrong ? 'm9.thief' : identity;
  return action('identities.replace-key', { identity, ...all.newKey(key, holder) });
});
const suspect = fc.tuple(fc.constantFrom('m1.admin', 'v1 node', 'k1'), fc.integer({ min: 0, max: 2 })).map(
  ([key, height]) =>
    () =>
      action('keys.suspect', { key: keyBytes(key), since: { height }, reason: 'seen elsewhere' }),
);
const addObserver = fc
  .tuple(fc.constantFrom('o1', 'o2', 'o3', 'v1'), member, keyName)
  .map(([id, owner, key]) => (all: Consortium) => {
    const { key: nodeKey, possession } = all.newKey(key, id, 'node', owner);
    return action('observers.add', { id, member: owner, nodeKey, possession });
  });
const removeObserver = fc.constantFrom('o1', 'o2').map((id) => () => action('observers.remove', { id }));
const setThreshold = fc
  .tuple(fc.constantFrom(...actionKinds), fc.constantFrom([0, 1], [1, 2], [1, 2], [2, 3], [3, 4]))
  .map(
    ([kind, more]) =>
      () =>
        action('thresholds.set', { kind, more }),
  );

/** Few names, so that actions of a list meet. */
const anyAction: fc.Arbitrary<Named> = fc.oneof(
  addMember,
  changeMember,
  grantRole,
  revokeRole,
  replaceKey,
  suspect,
  addObserver,
  removeObserver,
  setThreshold,
);
const anyLists = fc.array(fc.array(anyAction, { minLength: 1, maxLength: 3 }), {
  minLength: 4,
  maxLength: 12,
});

/** m5 is not there yet; m4 runs nothing, and may go. */
const four = documentOf(4);
const document: GenesisDocument = {
  ...four,
  validators: four.validators.map((validator, index) => ({
    ...validator,
    member: four.members[index % 3]!.id,
  })),
};

/** One admin of each active member, and the name of its present key. */
function voters(
  state: StateView,
): readonly { readonly id: string; readonly member: string; readonly key: string }[] {
  return activeMembers(state).map(({ id: own }) => {
    const admin = people
      .flatMap((id) => readIdentity(state, id) ?? [])
      .find((one) => one.member === own && one.status === 'active' && one.roles.includes('admin'))!;
    const key = [...keyNames, ...people].find((name) => keyOf(name) === admin.key)!;
    return { id: admin.id, member: own, key };
  });
}

type Voter = ReturnType<typeof voters>[number];

/** What the gateway would show this admin before it sends. */
function dryRun(
  all: Consortium,
  { id, member: own }: Voter,
  number: number,
  actions: readonly GovernedAction[],
) {
  const context: GovernedContext = {
    ...contextOf(id, own, ['admin']),
    network: all.chain.genesis.network,
    height: all.height() as GovernedContext['height'],
    time: all.time,
    verifySignature,
    proposal: { number, member: own },
  };
  return planActions(all.chain.view, context, actions);
}

/** Proposes a list and lets all vote; calls back after each block. */
function decideList(all: Consortium, actions: readonly GovernedAction[], after: (done: Done) => void): void {
  const number = proposalCount(all.chain.view);
  const [first, ...others] = voters(all.chain.view);
  const planned = dryRun(all, first!, number, actions);
  const before = recordsOf(all);
  let done = all.propose(first!.key, actions);
  after(done);
  if (!planned.ok) {
    const { index, rejection } = planned;
    const facts = { index, kind: actions[index]!.kind, reason: rejection.code, facts: rejection.facts };
    expect(done.refusal).toEqual({ code: 'plan-refused', facts });
    expect(recordsOf(all)).toEqual(before);
    return;
  }
  expect(done.refusal).toBeUndefined();
  let last: ReturnType<typeof dryRun> = planned;
  for (const voter of others) {
    if (readProposal(all.chain.view, number)?.status !== 'open') break;
    last = dryRun(all, voter, number, actions);
    done = all.vote(voter.key, number);
    after(done);
  }
  expect(readProposal(all.chain.view, number)?.status).toBe('executed');
  const accepted = typesOf(done).indexOf('governance.accepted');
  const events = done.events.slice(accepted + 1, -1);
  expect(last).toEqual({ ok: true, events, byAction: expect.any(Array) });
  expect(last.ok && last.byAction.flat()).toEqual(events);
  expect(last.ok && last.byAction.length).toBe(actions.length);
}

/** All of state but the pairs, which tell only that a transaction ran. */
function recordsOf(all: Consortium): ReadonlyMap<string, Uint8Array> {
  return new Map([...all.chain.state].filter(([key]) => !/^(bound\/)?pairs\//.test(key)));
}

/** Rule E4, and what every member relies on. */
function expectInvariants(state: StateView): void {
  expect(activeMembers(state).length).toBeGreaterThan(0);
  const identities = people.flatMap((id) => readIdentity(state, id) ?? []);
  for (const { id, status } of readMembers(state))
    if (status !== 'removed')
      expect(identities.some((one) => one.member === id && one.roles.includes('admin'))).toBe(true);
  expect(new Set(identities.map(({ key }) => key)).size).toBe(identities.length);
  for (const { id, key } of identities)
    expect(readKey(state, key)).toMatchObject({ owner: id, kind: 'identity' });
}

test('the dry run says what is executed, all of it or nothing, and keeps the invariants', () => {
  fc.assert(
    fc.property(anyLists, (lists) => {
      const all = createConsortium(document);
      for (const list of lists) {
        decideList(
          all,
          list.map((named) => named(all)),
          () => expectInvariants(all.chain.view),
        );
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('folding the stored events yields the changes and the root of execution', () => {
  fc.assert(
    fc.property(anyLists, (lists) => {
      const all = createConsortium(document);
      const folded = createChain(document);
      for (const list of lists) {
        decideList(
          all,
          list.map((named) => named(all)),
          ({ block }) => {
            const result = foldBlock({
              state: folded.view,
              tree: folded.tree,
              height: block.height,
              time: block.header.time,
              ran: block.ran.map(({ transaction, events }) => ({
                transaction,
                events: decodeEvents(encodeEvents(events)),
              })),
            });
            expect(result.stateRoot).toBe(block.header.state);
            expect(result.changes).toEqual(block.changes);
            folded.apply(block);
          },
        );
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);
