/** Proposals and activations as the API answers them, and refusals in words. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ActivationJson,
  activationSchema,
  activationsSchema,
  apiPrefix,
  membersSchema,
  type ProposalJson,
  proposalSchema,
  proposalsSchema,
} from '../../shared/api.ts';
import { fromHex, toBase64Url } from '../../shared/codec/hex.ts';
import { heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import { pendingActivation, readyDigest } from '../ledger/modules/activation-records.ts';
import { testEnvelope, testKey, validatorKeys } from './test-support/consortium.ts';
import {
  type Governing,
  grant,
  north,
  remove,
  set,
  south,
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
const propose: Governing['propose'] = (...args) => all.propose(...args);
const vote: Governing['vote'] = (...args) => all.vote(...args);
const get: Governing['get'] = (...args) => all.get(...args);
const newKey: Governing['newKey'] = (...args) => all.newKey(...args);
const join: Governing['join'] = (...args) => all.join(...args);

const proposal = async (number = 0): Promise<ProposalJson> =>
  proposalSchema.parse(await get(`/proposals/${number}`));
describe('a proposal', () => {
  test('that waits shows who voted, who is missing, and what it would do now', async () => {
    propose([suspend('north'), grant('south.operator', 'auditor')]);
    const shown = await proposal();
    expect(shown).toMatchObject({
      number: 0,
      proposer: 'south.admin',
      member: 'south',
      reason: 'for a test',
      kinds: ['members.suspend', 'identities.grant'],
      status: 'open',
      ballots: [{ member: 'south', approve: true, identity: 'south.admin', height: 1 }],
      approvals: 1,
      needed: 2,
      missing: ['north'],
      basis: { epoch: 0 },
    });
    expect(shown.plan).toMatchObject({ ok: true, before: { n: 4, f: 1, q: 3 }, after: { n: 4, f: 1, q: 3 } });
    expect(shown.actions).toMatchObject([
      {
        kind: 'members.suspend',
        args: { member: 'north' },
        subject: 'member north',
        before: { status: 'active' },
        after: { status: 'suspended' },
      },
      {
        subject: 'identity south.operator',
        before: { roles: ['operator'] },
        after: { roles: ['auditor', 'operator'] },
      },
    ]);
  });

  test('that is over says when, by whom, and where the change of the epoch goes on', async () => {
    propose([set({ window: 7 })]);
    vote(north, 0);
    const shown = await proposal();
    expect(shown).toMatchObject({
      status: 'executed',
      approvals: 2,
      end: { height: 2, by: 'north.leaver', activation: 0 },
    });
    expect(shown.needed).toBeUndefined();
    expect(shown.plan).toBeUndefined();
    expect(shown.actions).toEqual([
      { kind: 'parameters.set', args: { set: { window: 7 } }, subject: 'parameters' },
    ]);
  });

  test('that was accepted and could not be carried out says why, and what to do', async () => {
    act(validatorKeys[0]!, 'validator.rotate', newKey(62, 'consensus', 'validator-1'));
    propose([set({ window: 7 })]);
    propose([set({ window: 9 })]);
    vote(north, 1);
    vote(north, 0);
    const shown = await proposal(0);
    const refusal = {
      index: 0,
      kind: 'parameters.set',
      code: 'activation-pending',
      facts: { status: 'scheduled' },
      headline: 'Another change of the epoch is on its way, and there is room for one.',
      next: 'Wait until it is active or has lapsed, or have it withdrawn.',
    };
    expect(shown).toMatchObject({ status: 'accepted', refusal, plan: { ok: false, refusal } });
    expect(shown.actions[0]?.after).toBeUndefined();
  });

  test('expires by block time, and says so', async () => {
    propose([suspend('north')], 1_500);
    gateway.node.certify();
    gateway.node.certify();
    expect((await proposal()).status).toBe('expired');
    const waiting = proposalsSchema.parse(await get('/proposals?status=waiting'));
    expect(waiting.rows).toEqual([]);
  });

  test('stands in a list, newest first, in pages that new ones do not shift', async () => {
    for (let count = 0; count < 5; count += 1) propose([suspend('north')]);
    vote(north, 2);
    const numbers = async (path: string) => {
      const page = proposalsSchema.parse(await get(path));
      return [page.rows.map(({ number }) => number), page.next];
    };
    expect(await numbers('/proposals?limit=2')).toEqual([[4, 3], 'proposal-2']);
    expect(await numbers('/proposals?limit=2&cursor=proposal-2')).toEqual([[2, 1], 'proposal-0']);
    expect(await numbers('/proposals?limit=2&cursor=proposal-0')).toEqual([[0], undefined]);
    expect(await numbers('/proposals?status=waiting&limit=3')).toEqual([[4, 3, 1], 'proposal-0']);
    expect(await numbers('/proposals?status=waiting&cursor=proposal-1')).toEqual([[1, 0], undefined]);
    expect(await get('/proposals?cursor=activation-1')).toMatchObject({ code: 'invalid-cursor' });
    expect(await get('/proposals/9')).toMatchObject({ code: 'not-found' });
    expect(await get('/proposals/x')).toMatchObject({ code: 'invalid-request' });
  });
});

describe('an activation', () => {
  const shown = async (number = 0): Promise<ActivationJson> =>
    activationSchema.parse(await get(`/activations/${number}`));

  test('that is approved says what it waits for, and until when', async () => {
    propose([join('validator-5', 81)]);
    vote(north, 0);
    expect(await shown()).toMatchObject({
      status: 'approved',
      cause: { proposal: 0 },
      member: 'south',
      approvedAt: 2,
      deadline: gateway.node.nowMs + 24 * 60 * 60_000,
      changes: [{ kind: 'add', validator: { id: 'validator-5' } }],
      before: { n: 4, f: 1, q: 3 },
      after: { n: 5, f: 1, q: 4 },
      waitsFor: [{ validator: 'validator-5', attestedBy: [], attestationsNeeded: 3 }],
    });
    act(testKey(81), 'validator.ready', {
      activation: 0,
      incarnation: new Uint8Array(16).fill(81),
      height: 2,
      block: fromHex(gateway.ledger.block(heightOf(2))!.hash),
      protocol: 1,
    });
    expect((await shown()).waitsFor).toMatchObject([
      { ready: { key: testKey(81).publicKey, height: 2, times: 1 } },
    ]);
  });

  test('that is scheduled counts the blocks down to its height', async () => {
    propose([set({ window: 7 })]);
    vote(north, 0);
    const scheduled = await shown();
    const { at = 0 } = scheduled;
    expect(scheduled).toMatchObject({
      status: 'scheduled',
      armedAt: 2,
      waitsFor: [],
      blocksLeft: at - 1 - 2,
    });
    gateway.node.certify();
    expect((await shown()).blocksLeft).toBe(at - 1 - 3);
    expect(activationsSchema.parse(await get('/activations'))).toMatchObject({
      pending: 0,
      rows: [{ number: 0 }],
    });
  });

  test('that has all it waits for leads to the next epoch at its height', async () => {
    propose([join('validator-5', 81)]);
    vote(north, 0);
    act(testKey(81), 'validator.ready', {
      activation: 0,
      incarnation: new Uint8Array(16).fill(81),
      height: 2,
      block: fromHex(gateway.ledger.block(heightOf(2))!.hash),
      protocol: 1,
    });
    for (const key of validatorKeys.slice(0, 3)) {
      expect((await shown()).status).toBe('approved');
      const subject = 'validator-5' as ValidatorId;
      const record = pendingActivation(gateway.ledger.state)!.ready.get(subject)!;
      const ready = fromHex(readyDigest(0, subject, record));
      act(key, 'validator.attest', { activation: 0, subject, ready });
    }
    const scheduled = await shown();
    expect(scheduled).toMatchObject({
      status: 'scheduled',
      waitsFor: [{ attestedBy: ['validator-1', 'validator-2', 'validator-3'] }],
    });
    for (let left = scheduled.blocksLeft!; left > 0; left -= 1) {
      expect((await shown()).blocksLeft).toBe(left);
      gateway.node.certify();
    }
    const active = await shown();
    expect(active).toMatchObject({ status: 'active', at: gateway.ledger.indexedHeight() + 1 });
    expect([active.blocksLeft, active.waitsFor]).toEqual([undefined, undefined]);
    const { members } = membersSchema.parse(await get('/members'));
    expect(members[0]?.validators).toContain('validator-5');
    propose([remove('validator-5')]);
    expect((await proposal(1)).plan).toMatchObject({
      ok: true,
      before: { n: 5, f: 1, q: 4 },
      after: { n: 4, f: 1, q: 3 },
    });
  });

  test('that was withdrawn says by whom and why, and is pending no more', async () => {
    propose([join('validator-5', 81)]);
    vote(north, 0);
    act(south, 'activation.withdraw', { activation: 0, reason: 'wrong keys' });
    const over = await shown();
    expect(over).toMatchObject({
      status: 'withdrawn',
      end: { reason: 'wrong keys', by: 'south.admin', height: 3 },
    });
    expect(over.waitsFor).toBeUndefined();
    const list = activationsSchema.parse(await get('/activations'));
    expect(list.pending).toBeUndefined();
    expect(await get('/activations/4')).toMatchObject({ code: 'not-found' });
  });
});

test('a refusal that is certified is told by name, with the next step of its own', async () => {
  const { network } = gateway.ledger;
  gateway.node.isEager = true;
  const expiresAt = gateway.node.nowMs + 300_000;
  const args = { identity: 'south.admin', reason: 'left' };
  const envelope = testEnvelope({ network, action: 'identities.revoke', args, key: south, expiresAt });
  const response = await gateway.ask(`${apiPrefix}/transactions?wait=certified`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ envelope: toBase64Url(envelope) }),
  });
  expect(await response.json()).toMatchObject({
    code: 'rejected',
    detail: 'Without this admin its member would have none.',
    facts: { rejection: 'last-admin', member: 'south' },
    next: 'Let the members make another identity of the member an admin first.',
  });
});
