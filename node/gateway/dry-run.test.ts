/** Dry runs: what they say is what execution does. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { governedArgsOfJson } from '../../shared/api/governed-args.ts';
import {
  activationSchema,
  activationsSchema,
  apiPrefix,
  type GovernedActionJson,
  type PlanJson,
  type Problem,
  type ProposalJson,
  proposalSchema,
  transactionStatusSchema,
} from '../../shared/api.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import { heightOf } from '../../shared/types/brands.ts';
import { subjectOfAction } from './governance/subjects.ts';
import { testKey, validatorKeys } from './test-support/consortium.ts';
import {
  type Governing,
  grant,
  north,
  remove,
  set,
  startGoverning,
  suspend,
} from './test-support/governing.ts';

let all: Governing;
let gateway: Governing['gateway'];
beforeEach(async () => {
  all = await startGoverning();
  ({ gateway } = all);
});
afterEach(() => gateway.close());

const act: Governing['act'] = (...args) => all.act(...args);
const newKey: Governing['newKey'] = (...args) => all.newKey(...args);
const propose: Governing['propose'] = (...args) => all.propose(...args);
const vote: Governing['vote'] = (...args) => all.vote(...args);
const get: Governing['get'] = (...args) => all.get(...args);
const join: Governing['join'] = (...args) => all.join(...args);

const proposal = async (number = 0): Promise<ProposalJson> =>
  proposalSchema.parse(await get(`/proposals/${number}`));
async function dryRun(actions: readonly GovernedActionJson[], role: 'admin' | 'operator' = 'admin') {
  const response = await fetch(`${gateway.url}${apiPrefix}/proposals/dry-run`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${await gateway.token(role)}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ actions }),
  });
  return { status: response.status, answer: (await response.json()) as PlanJson & Problem };
}

describe('a dry run', () => {
  test('changes nothing, and says n, f and Q before and after', async () => {
    const before = new Map(gateway.ledger.values);
    const { status, answer } = await dryRun([join('validator-5', 81)], 'operator');
    expect([status, answer]).toMatchObject([
      200,
      {
        ok: true,
        needed: 2,
        members: 2,
        before: { n: 4, f: 1, q: 3 },
        after: { n: 5, f: 1, q: 4 },
        reachable: 4,
      },
    ]);
    expect(answer.actions[0]).toMatchObject({
      subject: 'validator validator-5',
      after: { member: 'north', consensusKey: testKey(81).publicKey, nodeKey: testKey(82).publicKey },
    });
    expect(answer.actions[0]?.before).toBeUndefined();
    expect(gateway.ledger.values).toEqual(before);
  });

  test('each action is shown on what the ones before it leave', async () => {
    const { answer } = await dryRun([set({ window: 7 }), set({ driftMs: 900 }), remove('validator-9')]);
    expect(answer).toMatchObject({
      ok: false,
      refusal: { index: 2, code: 'unknown-validator', facts: { validator: 'validator-9' } },
      before: { n: 4 },
      after: { n: 4 },
    });
    expect(answer.actions.map(({ after }) => after)).toEqual([{ window: 7 }, { driftMs: 900 }, undefined]);
  });

  test('refuses what could halt the network, with n, f and Q before and after', async () => {
    const { answer } = await dryRun([remove('validator-1')]);
    expect(answer.refusal).toEqual({
      index: 0,
      kind: 'validators.remove',
      code: 'too-few-validators',
      facts: { before: { n: 4, f: 1, q: 3 }, after: { n: 3, f: 0, q: 2 }, validatorsMin: 4 },
      headline: 'The network would have too few validators to tolerate a faulty one.',
      next: 'Add a validator first, wait until it is active, then remove the other.',
    });
    const two = await dryRun([join('validator-5', 81), join('validator-6', 83)]);
    expect(two.answer.refusal).toMatchObject({
      index: 1,
      code: 'too-many-changes',
      facts: { changed: 2, allowed: 1 },
    });
  });

  test('what only a scheduled rotation keeps from being carried out may be proposed', async () => {
    act(validatorKeys[0]!, 'validator.rotate', newKey(62, 'consensus', 'validator-1'));
    act(testKey(62), 'validator.ready', {
      activation: 0,
      incarnation: new Uint8Array(16),
      height: 1,
      block: fromHex(gateway.ledger.block(heightOf(1))!.hash),
      protocol: 1,
    });
    const { answer } = await dryRun([set({ window: 7 })]);
    expect(answer).toMatchObject({
      ok: false,
      mayBeProposed: true,
      refusal: { code: 'activation-pending', facts: { status: 'scheduled' } },
    });
    propose([set({ window: 7 })]);
    expect((await proposal()).plan).toMatchObject({ ok: false, mayBeProposed: true });
    expect((await dryRun([remove('validator-1')])).answer).toMatchObject({ ok: false, mayBeProposed: false });
  });

  test('malformed arguments are named with their action and place', async () => {
    const { status, answer } = await dryRun([suspend('north'), remove('Not an id')]);
    expect([status, answer]).toMatchObject([
      400,
      { code: 'malformed-args', facts: { index: 1, path: 'args.actions[1].args.id' } },
    ]);
    expect((await dryRun([])).answer).toMatchObject({ code: 'invalid-request' });
  });

  /** One list of each kind that members can decide here. */
  const lists: readonly (readonly [string, () => readonly GovernedActionJson[]])[] = [
    ['members', () => [suspend('north'), { kind: 'members.restore', args: { member: 'north' } }]],
    [
      'roles',
      () => [
        grant('south.operator', 'auditor'),
        { kind: 'identities.revoke-role', args: { identity: 'south.auditor', role: 'auditor' } },
      ],
    ],
    ['a threshold', () => [{ kind: 'thresholds.set', args: { kind: 'members.suspend', more: [2, 3] } }]],
    ['parameters', () => [set({ window: 7, driftMs: 900 })]],
    ['the set', () => [join('validator-5', 81)]],
    [
      'an address',
      () => [
        { kind: 'validators.set-address', args: { id: 'validator-1', gateway: 'http://127.0.0.1:9999' } },
      ],
    ],
    ['two joins, one too many', () => [join('validator-5', 81), join('validator-6', 83)]],
    [
      'the last admin',
      () => [{ kind: 'identities.revoke-role', args: { identity: 'south.admin', role: 'admin' } }],
    ],
    ['a removal', () => [{ kind: 'members.remove', args: { member: 'north' } }]],
  ];
  test.each(lists)('of %s says what execution then does', async (_name, list) => {
    const actions = list();
    const { answer: planned } = await dryRun(actions);
    const id = propose(actions);
    if (!planned.ok) {
      const { index, kind, code, facts, headline, next } = planned.refusal!;
      const found = transactionStatusSchema.parse(await get(`/transactions/${id}`));
      expect(found).toMatchObject({
        outcome: {
          status: 'failed',
          code: 'plan-refused',
          facts: { index, kind, reason: code, facts },
          headline: `Action ${index + 1}, ${kind}: ${headline}`,
          next,
        },
      });
      return;
    }
    vote(north, 0);
    expect((await proposal()).status).toBe('executed');
    const last = new Map(planned.actions.map(({ subject, after }) => [subject, after]));
    for (const { kind, args } of actions) {
      const subject = subjectOfAction({ kind, args: governedArgsOfJson(args) });
      const now = subject.read(gateway.ledger.state, 0);
      expect(JSON.parse(JSON.stringify(now)), subject.name).toEqual(last.get(subject.name));
    }
    const [pending] = activationsSchema.parse(await get('/activations')).rows;
    if (pending !== undefined)
      expect(activationSchema.parse(await get('/activations/0')).after).toEqual(planned.after);
  });
});
