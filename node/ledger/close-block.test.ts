/** Rules E1 and E3: an activation is approved, armed, scheduled and active, or it lapses, or is withdrawn. */
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import type { Height } from '../../shared/types/brands.ts';
import {
  add,
  consortiumDocument,
  createConsortium,
  eventsOf,
  incarnationOf,
  newKey,
  newStore,
  refusals,
  remove,
  steps,
} from './epoch-test-support.ts';
import { activationCount, pendingActivation, readActivation } from './modules/activation-records.ts';
import { readBoundary, readMembership, readMembershipOf } from './modules/epochs.ts';
import { readKey } from './modules/keys.ts';
import { readParameters, readValidators } from './modules/network.ts';
import { keyOf } from './test-support.ts';

/** Window 3: armed in block d, the next epoch begins at d + 4. */
const four = () => createConsortium(consortiumDocument(4));
const withdrawal = (number: number) => ({ activation: number, reason: 'changed our minds' });
const ids = (one: { readonly validators: readonly { readonly id: string }[] }) =>
  one.validators.map(({ id }) => id);

describe('from approval to the next epoch', () => {
  test('a validator joins: ready, Q attestations, scheduled, active', () => {
    const net = four();
    const approving = net.block([net.decide([add(net.genesis.network, 'v5')])]);
    expect(refusals(approving)).toEqual([]);
    expect(steps(approving)).toEqual(['activation.approved']);
    expect(approving.boundary).toEqual({ kind: 'within', lapseAt: pendingActivation(net.view)!.deadline });
    expect(steps(net.block([net.ready('v5 consensus', 'v5')]))).toEqual(['activation.ready']);
    expect(steps(net.block([net.attest('v1', 'v5'), net.attest('v2', 'v5')]))).toEqual([
      'activation.attested',
      'activation.attested',
    ]);
    const arming = net.block([net.attest('v4', 'v5')]);
    expect(steps(arming)).toEqual(['activation.attested', 'activation.armed']);
    expect(arming.closing).toEqual([{ type: 'activation.armed', data: { number: 0, height: 4, at: 8 } }]);
    expect(arming.boundary).toMatchObject({ kind: 'within', lastHeight: 7 });
    const { boundary } = arming;
    expect(boundary.kind === 'within' && ids(boundary.scheduled!)).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
    net.upTo(6);
    expect(readMembership(net.view).epoch).toBe(0);
    const last = net.block();
    expect(steps(last)).toEqual(['activation.activated', 'epochs.opened']);
    expect(last.boundary).toEqual({ kind: 'handover', next: readMembership(net.view) });
    expect(last.boundary).toEqual(readBoundary(net.view, 7 as Height));
    expect(readMembership(net.view)).toMatchObject({ epoch: 1, firstHeight: 8 });
    expect(ids(readMembership(net.view))).toEqual(['v1', 'v2', 'v3', 'v4', 'v5']);
    expect(last.header).toMatchObject({ epoch: 0, nextEpoch: 1 });
    expect(last.header.nextValidators).not.toBe(last.header.validators);
    const first = net.block();
    expect(first.header).toMatchObject({ epoch: 1, nextEpoch: 1, validators: last.header.nextValidators });
    expect(first.boundary).toEqual({ kind: 'within' });
    expect(readActivation(net.view, 0)).toMatchObject({ status: 'active', armedAt: 4, at: 8 });
    expect(ids(readMembershipOf(net.view, 0 as never)!)).toEqual(['v1', 'v2', 'v3', 'v4']);
  });

  test('a removal waits for nothing: armed in the block that approves it', () => {
    const net = createConsortium(consortiumDocument(5));
    expect(steps(net.block([net.decide([remove('v5')])]))).toEqual([
      'activation.approved',
      'activation.armed',
    ]);
    net.upTo(4);
    expect(ids(readMembership(net.view))).toEqual(['v1', 'v2', 'v3', 'v4']);
    const again = net.block([net.decide([add(net.genesis.network, 'v5')])]);
    expect(refusals(again)).toMatchObject([{ code: 'plan-refused', facts: { reason: 'key-in-use' } }]);
    expect(readKey(net.view, keyOf('v5 consensus'))).toMatchObject({ until: 5 });
    expect(readKey(net.view, keyOf('v5 node'))?.until).toBeUndefined();
  });

  test('a rotation: the old key asks, the new one says that it is held, and replaces the old one', () => {
    const net = four();
    expect(steps(net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]))).toEqual(['activation.approved']);
    expect(refusals(net.block([net.ready('v2 consensus', 'v2')]))).toMatchObject([
      { code: 'not-a-validator' },
    ]);
    expect(steps(net.block([net.ready('v2 next', 'v2')]))).toEqual(['activation.ready', 'activation.armed']);
    net.upTo(6);
    expect(readValidators(net.view)[1]?.consensusKey).toBe(keyOf('v2 next'));
    expect(readKey(net.view, keyOf('v2 consensus'))).toMatchObject({ until: 7, owner: 'v2', member: 'm2' });
    expect(readKey(net.view, keyOf('v2 next'))?.until).toBeUndefined();
  });

  test('another vote store: the same key says where it stands, and others that they reach it', () => {
    const net = four();
    const incarnation = fromHex(incarnationOf('v3', 2));
    net.block([net.decide([newStore('v3', 2)])]);
    expect(refusals(net.block([net.ready('v3 consensus', 'v3')]))).toMatchObject([
      { code: 'not-of-this-activation', facts: { reason: 'incarnation' } },
    ]);
    net.block([net.ready('v3 consensus', 'v3', { incarnation })]);
    expect(refusals(net.block([net.attest('v3', 'v3')]))).toMatchObject([{ facts: { reason: 'self' } }]);
    net.block([net.attest('v1', 'v3'), net.attest('v2', 'v3')]);
    expect(steps(net.block([net.attest('v4', 'v3')]))).toContain('activation.armed');
    net.upTo(9);
    expect(readValidators(net.view)[2]?.incarnation).toBe(incarnationOf('v3', 2));
  });

  test('a lost machine gets key and store in one: both are one validator changed', () => {
    const net = four();
    const { network } = net.genesis;
    net.block([net.decide([newKey(network, 'v3', 'v3 next'), newStore('v3', 2)])]);
    const incarnation = fromHex(incarnationOf('v3', 2));
    const ready = net.block([net.ready('v3 next', 'v3', { incarnation })]);
    expect(steps(ready)).toEqual(['activation.ready']);
    net.block([net.attest('v1', 'v3'), net.attest('v2', 'v3'), net.attest('v4', 'v3')]);
    net.upTo(6);
    expect(readValidators(net.view)[2]).toMatchObject({
      consensusKey: keyOf('v3 next'),
      incarnation: incarnationOf('v3', 2),
    });
  });

  test('parameters take effect with the next epoch alone, and the window of this one counts the distance', () => {
    const net = four();
    const set = { window: 10, envelopeBytesMax: 32_768 };
    const arming = net.block([net.decide([{ kind: 'parameters.set', args: { set } }])]);
    expect(arming.closing).toMatchObject([{ data: { at: 5 } }]);
    expect(readParameters(net.view).window).toBe(3);
    net.upTo(4);
    expect(readParameters(net.view)).toMatchObject(set);
    expect(readMembershipOf(net.view, 0 as never)?.parameters.window).toBe(3);
    expect(net.blocks.at(-1)?.header).toMatchObject({ epoch: 0, nextEpoch: 1 });
    const next = net.block([net.decide([{ kind: 'parameters.set', args: { set: { window: 4 } } }])]);
    expect(next.closing).toMatchObject([{ data: { at: 16 } }]);
  });

  test('the protocol rises when Q validators of the next epoch know it', () => {
    const net = four();
    const action = { kind: 'protocol.raise', args: { version: 2, notBefore: 40 } } as const;
    expect(steps(net.block([net.decide([action])]))).toEqual(['activation.approved']);
    const able = { protocol: 2 };
    expect(refusals(net.block([net.ready('v1 consensus', 'v1')]))).toEqual([
      { code: 'protocol-unsupported', facts: { protocol: 1, needed: 2 } },
    ]);
    net.block([net.ready('v1 consensus', 'v1', able), net.ready('v2 consensus', 'v2', able)]);
    const arming = net.block([net.ready('v4 consensus', 'v4', able)]);
    expect(arming.closing).toMatchObject([{ type: 'activation.armed', data: { at: 40 } }]);
    net.upTo(39);
    expect(readMembership(net.view)).toMatchObject({ epoch: 1, firstHeight: 40, protocol: 2 });
  });

  test('nobody attests a record but the one that stands: another word asks for other attestations', () => {
    const net = four();
    net.block([net.decide([add(net.genesis.network, 'v5')])]);
    net.block([net.ready('v5 consensus', 'v5')]);
    const [early, late] = [net.attest('v1', 'v5'), net.attest('v2', 'v5')];
    net.block([early, net.ready('v5 consensus', 'v5')]);
    expect(pendingActivation(net.view)?.reach.size).toBe(0);
    expect(refusals(net.block([late]))).toMatchObject([{ facts: { reason: 'record' } }]);
    const good = net.attest('v2', 'v5');
    net.block([good]);
    expect(refusals(net.block([net.attest('v2', 'v5')]))).toEqual([
      { code: 'attested-already', facts: { activation: 0, subject: 'v5', by: 'v2' } },
    ]);
    expect(pendingActivation(net.view)?.reach.get('v5' as never)).toEqual(['v2']);
  });
});

describe('ends without an epoch', () => {
  test('it lapses in the first block at its deadline, before the transactions of that block', () => {
    const net = four();
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next', { deadlineMs: 10_000 })]);
    expect(steps(net.block([], 9_999))).toEqual([]);
    const tooLate = net.block([net.ready('v2 next', 'v2')], 1);
    expect(steps(tooLate)).toEqual(['activation.lapsed']);
    expect(refusals(tooLate)).toMatchObject([{ code: 'not-a-validator' }]);
    expect(readActivation(net.view, 0)).toMatchObject({
      status: 'lapsed',
      end: { height: 3, reason: 'deadline' },
    });
    expect(readKey(net.view, keyOf('v2 next'))).toMatchObject({ until: 3 });
    expect(tooLate.boundary).toEqual({ kind: 'within' });
    expect(refusals(net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]))).toMatchObject([
      { code: 'key-in-use' },
    ]);
    expect(refusals(net.block([net.rotate('v2', 'v2 consensus', 'v2 third')]))).toEqual([]);
  });

  test('its vote stores stay taken, too, the first change and the others of a proposal', () => {
    const net = createConsortium(consortiumDocument(7));
    const { network } = net.genesis;
    net.block([net.decide([newStore('v1', 2), newStore('v2', 2)])]);
    net.block([net.send('m1.admin', 'activation.withdraw', withdrawal(0))]);
    const again = (id: string) => refusals(net.block([net.decide([newStore(id, 2)])]))[0];
    for (const id of ['v1', 'v2'])
      expect(again(id)).toMatchObject({
        facts: { reason: 'incarnation-in-use', facts: { incarnation: incarnationOf(id, 2), validator: id } },
      });
    net.block([net.decide([add(network, 'v8')])]);
    net.block([net.send('m1.admin', 'activation.withdraw', withdrawal(1))]);
    const args = { id: 'v3', incarnation: fromHex(incarnationOf('v8', 1)) };
    const taken = net.block([net.decide([{ kind: 'validators.register-incarnation', args }])]);
    expect(refusals(taken)).toMatchObject([{ facts: { facts: { validator: 'v8' } } }]);
  });

  test('a scheduled one does not lapse', () => {
    const net = four();
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next', { deadlineMs: 10_000, notBefore: 30 })]);
    net.block([net.ready('v2 next', 'v2')]);
    expect(steps(net.block([], 20_000))).toEqual([]);
    net.upTo(29);
    expect(readMembership(net.view).epoch).toBe(1);
  });

  test('withdrawn in block a − 1 itself: the epoch goes on, and the next change gets the same number of epoch', () => {
    const net = createConsortium(consortiumDocument(5));
    net.block([net.decide([remove('v5')])]);
    net.upTo(3);
    const last = net.block([net.send('m1.admin', 'activation.withdraw', withdrawal(0))]);
    expect(steps(last)).toEqual(['activation.withdrawn']);
    expect(last.boundary).toEqual({ kind: 'within' });
    expect(last.header).toMatchObject({ epoch: 0, nextEpoch: 0 });
    expect(readActivation(net.view, 0)).toMatchObject({
      status: 'withdrawn',
      end: { height: 4, reason: 'changed our minds', by: 'm1.admin' },
    });
    const next = net.block([net.decide([remove('v4')])]);
    expect(next.closing).toMatchObject([{ data: { number: 1, at: 9 } }]);
    net.upTo(8);
    expect(readMembership(net.view)).toMatchObject({ epoch: 1, firstHeight: 9 });
  });

  test('one block later it is active, and nothing is left to withdraw', () => {
    const net = createConsortium(consortiumDocument(5));
    net.block([net.decide([remove('v5')])]);
    net.upTo(4);
    expect(refusals(net.block([net.send('m1.admin', 'activation.withdraw', withdrawal(0))]))).toEqual([
      { code: 'no-such-activation', facts: { activation: 0, status: 'active' } },
    ]);
  });

  test('an admin of the causing member withdraws it, another one does not, ballots do', () => {
    const net = four();
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
    expect(refusals(net.block([net.send('m3.admin', 'activation.withdraw', withdrawal(0))]))).toEqual([
      { code: 'not-own-member', facts: { member: 'm2', own: 'm3' } },
    ]);
    expect(steps(net.block([net.send('m2.admin', 'activation.withdraw', withdrawal(0))]))).toEqual([
      'activation.withdrawn',
    ]);
    net.block([net.rotate('v2', 'v2 consensus', 'v2 third')]);
    const args = withdrawal(1);
    expect(steps(net.block([net.decide([{ kind: 'activation.withdraw', args }])]))).toEqual([
      'activation.withdrawn',
    ]);
    expect(readActivation(net.view, 1)?.end).toMatchObject({ proposal: 0, reason: 'changed our minds' });
    expect(refusals(net.block([net.send('m3.admin', 'activation.withdraw', withdrawal(7))]))).toEqual([
      { code: 'no-such-activation', facts: { activation: 7, status: 'unknown' } },
    ]);
  });

  test('who has no role of an admin withdraws nothing', () => {
    const net = four();
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
    expect(
      refusals(net.block([net.send('v2 consensus', 'activation.withdraw', withdrawal(0))])),
    ).toMatchObject([{ code: 'unknown-sender' }]);
  });
});

describe('a validator that rotates its key without end', () => {
  /** Asks and is ready in one block, so that only what comes before it in that very block finds the place free. */
  function rotates(net: ReturnType<typeof four>, from: string, to: string): void {
    const number = activationCount(net.view);
    const ready = { activation: number, incarnation: fromHex(incarnationOf('v2', 1)) };
    const block = net.block([net.rotate('v2', from, to), net.ready(to, 'v2', ready)]);
    expect(refusals(block)).toEqual([]);
    expect(steps(block)).toEqual(['activation.approved', 'activation.ready', 'activation.armed']);
  }

  test('does not keep the members from deciding that it goes: what they propose meanwhile comes next', () => {
    const net = createConsortium(consortiumDocument(5));
    rotates(net, 'v2 consensus', 'v2 second');
    const deciding = net.block([net.decide([remove('v2')])]);
    expect(refusals(deciding)).toEqual([]);
    expect(eventsOf(deciding).map(({ type }) => type)).toEqual([
      'governance.proposed',
      'governance.voted',
      'governance.accepted',
      'governance.refused',
    ]);
    net.upTo(pendingActivation(net.view)!.at! - 1);
    expect(readMembership(net.view).epoch).toBe(1);
    expect(refusals(net.block([net.rotate('v2', 'v2 second', 'v2 third')]))).toEqual([
      { code: 'activation-reserved', facts: { proposal: 0 } },
    ]);
    expect(steps(net.block([net.send('m1.admin', 'governance.execute', { proposal: 0 })]))).toEqual([
      'activation.approved',
      'activation.armed',
    ]);
  });

  test('what could not be carried out for another reason is refused as ever', () => {
    const net = createConsortium(consortiumDocument(5));
    rotates(net, 'v2 consensus', 'v2 second');
    expect(refusals(net.block([net.decide([remove('v2'), remove('v9')])]))).toMatchObject([
      {
        code: 'plan-refused',
        facts: { index: 1, kind: 'validators.remove', reason: 'unknown-validator' },
      },
    ]);
  });
});
