/** What validators say about an activation by themselves: rotate, ready, attest. */
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../shared/codec/hex.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import {
  add,
  addition,
  type Consortium,
  consortiumDocument,
  createConsortium,
  incarnationOf,
  newKey,
  refusals,
  remove,
  steps,
  validatorNamed,
} from '../epoch-test-support.ts';
import { keyOf } from '../test-support.ts';
import { pendingActivation, readActivation } from './activation-records.ts';
import { readMembership } from './epochs.ts';

const four = () => createConsortium(consortiumDocument(4));
const refusal = (net: Consortium, ...sent: Parameters<Consortium['block']>[0] & object): unknown =>
  refusals(net.block(sent))[0];

describe('validator.rotate', () => {
  test('needs the old key and the new one, which nobody had before', () => {
    const net = four();
    expect(refusal(net, net.rotate('v2', 'nobody', 'v2 next'))).toMatchObject({ code: 'not-a-validator' });
    expect(refusal(net, net.rotate('v2', 'v2 consensus', 'v3 node'))).toMatchObject({ code: 'key-in-use' });
    // The possession names v3, and v2 sends it.
    expect(refusal(net, net.rotate('v3', 'v2 consensus', 'v2 next'))).toMatchObject({
      code: 'possession-invalid',
    });
    expect(refusal(net, net.rotate('v2', 'v2 consensus', 'v2 next'))).toBeUndefined();
    expect(pendingActivation(net.view)).toMatchObject({ cause: { validator: 'v2' }, member: 'm2' });
  });

  test('books the place 256 heights ahead at most', () => {
    const net = four();
    expect(refusal(net, net.rotate('v2', 'v2 consensus', 'v2 next', { notBefore: 258 }))).toEqual({
      code: 'not-before-too-late',
      facts: { notBefore: 258, latest: 257 },
    });
    expect(refusal(net, net.rotate('v2', 'v2 consensus', 'v2 next', { notBefore: 258 }))).toBeUndefined();
    net.block([net.ready('v2 next', 'v2')]);
    expect(pendingActivation(net.view)).toMatchObject({ status: 'scheduled', at: 258 });
  });

  test('leaves a key that is younger than genesis in force for a thousand heights', () => {
    const net = four();
    net.block([net.rotate('v2', 'v2 consensus', 'v2 second')]);
    net.block([net.ready('v2 second', 'v2')]);
    net.upTo(pendingActivation(net.view)!.at! - 1);
    expect(readMembership(net.view).epoch).toBe(1);
    expect(refusal(net, net.rotate('v2', 'v2 second', 'v2 third'))).toEqual({
      code: 'rotation-too-soon',
      facts: { key: keyOf('v2 second'), since: 1, earliest: 1001 },
    });
    net.upTo(1_000);
    expect(refusal(net, net.rotate('v2', 'v2 second', 'v2 third'))).toBeUndefined();
  });

  test('is refused to a suspected key', () => {
    const net = four();
    const suspect = { key: fromHex(keyOf('v2 consensus')), since: { height: 0 }, reason: 'stolen' };
    net.block([net.send('m2.admin', 'keys.suspect', suspect)]);
    expect(refusal(net, net.rotate('v2', 'v2 consensus', 'v2 next'))).toEqual({
      code: 'key-suspected',
      facts: { key: keyOf('v2 consensus'), owner: 'v2' },
    });
  });

  test('waits while another one is on its way, its own, too', () => {
    const net = four();
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
    for (const id of ['v2', 'v3'])
      expect(refusal(net, net.rotate(id, `${id} consensus`, `${id} other`))).toEqual({
        code: 'activation-pending',
        facts: { number: 0, status: 'approved' },
      });
  });
});

describe('a rotation does not hold the place for ever', () => {
  test('until it is armed, what the members decide displaces it', () => {
    const net = four();
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
    const deciding = net.block([net.decide([add(net.genesis.network, 'v5')])]);
    expect(steps(deciding)).toEqual(['activation.withdrawn', 'activation.approved']);
    expect(readActivation(net.view, 0)).toMatchObject({
      status: 'withdrawn',
      end: { reason: 'displaced', proposal: 0 },
    });
    expect(pendingActivation(net.view)).toMatchObject({ number: 1, cause: { proposal: 0 }, member: 'm1' });
    expect(refusal(net, net.rotate('v2', 'v2 consensus', 'v2 next'))).toMatchObject({ code: 'key-in-use' });
  });

  test('rotation and readiness in front of the decision, in the same block, do not help', () => {
    const net = four();
    const block = net.block([
      net.rotate('v2', 'v2 consensus', 'v2 next'),
      net.ready('v2 next', 'v2'),
      net.decide([add(net.genesis.network, 'v5')]),
    ]);
    expect(refusals(block)).toEqual([]);
    expect(pendingActivation(net.view)).toMatchObject({ number: 1, status: 'approved' });
  });

  test('once it is scheduled the decision waits, accepted, and no other rotation comes before it', () => {
    const net = createConsortium(consortiumDocument(4, {}, 2));
    const { network } = net.genesis;
    const proposing = net.decide([newKey(network, 'v4', 'v4 next')]);
    net.block([proposing]);
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
    net.block([net.ready('v2 next', 'v2')]);
    net.block([net.send('m2.admin', 'governance.vote', { proposal: 0, approve: true })]);
    net.upTo(net.height() + 6);
    expect(pendingActivation(net.view)).toBeUndefined();
    expect(refusal(net, net.rotate('v3', 'v3 consensus', 'v3 next'))).toEqual({
      code: 'activation-reserved',
      facts: { proposal: 0 },
    });
    expect(steps(net.block([net.send('m3.admin', 'governance.execute', { proposal: 0 })]))).toEqual([
      'activation.approved',
    ]);
  });

  test('an accepted proposal that changes no epoch reserves nothing, nor does an expired one', () => {
    const net = createConsortium(consortiumDocument(4, {}, 2));
    const { network } = net.genesis;
    net.block([net.decide([newKey(network, 'v4', 'v4 next')])]);
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
    net.block([net.ready('v2 next', 'v2')]);
    net.block([net.send('m2.admin', 'governance.vote', { proposal: 0, approve: true })]);
    net.upTo(net.height() + 6);
    net.block([], 3_600_000);
    expect(refusal(net, net.rotate('v3', 'v3 consensus', 'v3 next'))).toBeUndefined();
  });
});

describe('validator.ready and validator.attest', () => {
  test('of another activation, of one that is over, or that is scheduled', () => {
    const net = four();
    expect(refusal(net, net.ready('v1 consensus', 'v1'))).toEqual({
      code: 'no-such-activation',
      facts: { activation: 0, status: 'unknown' },
    });
    net.block([net.rotate('v2', 'v2 consensus', 'v2 next')]);
    expect(refusal(net, net.ready('v2 next', 'v2', { activation: 3 }))).toMatchObject({
      code: 'no-such-activation',
    });
    expect(refusal(net, net.ready('v1 consensus', 'v1'))).toEqual({
      code: 'not-of-this-activation',
      facts: { activation: 0, validator: 'v1', reason: 'subject' },
    });
    expect(refusal(net, net.attest('v1', 'v2'))).toMatchObject({ facts: { reason: 'subject' } });
    net.block([net.ready('v2 next', 'v2')]);
    const scheduled = { code: 'already-scheduled', facts: { activation: 0, at: 9 } };
    expect(refusal(net, net.ready('v2 next', 'v2'))).toMatchObject({
      ...scheduled,
      facts: { activation: 0 },
    });
    expect(refusal(net, net.attest('v1', 'v2'))).toMatchObject({ code: 'already-scheduled' });
    net.upTo(20);
    expect(refusal(net, net.attest('v1', 'v2'))).toEqual({
      code: 'no-such-activation',
      facts: { activation: 0, status: 'active' },
    });
  });

  test('a pending key says that it is ready, and takes no other action', () => {
    const net = four();
    net.block([net.decide([add(net.genesis.network, 'v5')])]);
    expect(refusal(net, net.rotate('v5', 'v5 consensus', 'v5 next'))).toMatchObject({
      code: 'not-a-validator',
    });
    expect(refusal(net, net.attest('v5', 'v5'))).toMatchObject({ code: 'not-a-validator' });
    expect(refusal(net, net.ready('v5 consensus', 'v5'))).toBeUndefined();
    expect(refusal(net, net.attest('nobody', 'v5'))).toMatchObject({ code: 'not-a-validator' });
  });

  test('a validator that leaves is not waited for, and says nothing about it', () => {
    const net = createConsortium(consortiumDocument(8));
    net.block([net.decide([add(net.genesis.network, 'v9'), remove('v1')])]);
    expect(refusal(net, net.ready('v1 consensus', 'v1'))).toMatchObject({ code: 'not-a-validator' });
    net.block([net.ready('v9 consensus', 'v9')]);
    const attesting = net.block(['v1', 'v2', 'v3', 'v4', 'v5', 'v6'].map((by) => net.attest(by, 'v9')));
    expect(steps(attesting).at(-1)).toBe('activation.armed');
  });

  test('a validator may be called like what every object has', () => {
    const net = four();
    const id = 'constructor';
    const args = addition(net.genesis.network, { ...validatorNamed('v5'), id: id as ValidatorId });
    expect(refusal(net, net.decide([{ kind: 'validators.add', args }]))).toBeUndefined();
    net.block([net.ready('v5 consensus', id, { incarnation: fromHex(incarnationOf('v5', 1)) })]);
    net.block(['v1', 'v2', 'v3'].map((by) => net.attest(by, id)));
    net.upTo(7);
    expect(readMembership(net.view).validators[0]?.id).toBe(id);
  });

  test('eight records may replace the first one, not more', () => {
    const net = four();
    net.block([net.decide([add(net.genesis.network, 'v5')])]);
    for (let times = 1; times <= 9; times += 1)
      expect(refusal(net, net.ready('v5 consensus', 'v5'))).toBeUndefined();
    expect(refusal(net, net.ready('v5 consensus', 'v5'))).toEqual({
      code: 'ready-limit',
      facts: { activation: 0, validator: 'v5', limit: 9 },
    });
  });

  test.each([
    ['validator.rotate', { key: new Uint8Array(31), possession: new Uint8Array(64) }, 'args.key'],
    ['validator.rotate', { key: new Uint8Array(32) }, 'args.possession'],
    ['validator.ready', { activation: 0 }, 'args.incarnation'],
    ['validator.attest', { activation: 0, subject: 'V5', ready: new Uint8Array(32) }, 'args.subject'],
  ])('%s in another form', (action, args, path) => {
    const net = four();
    expect(refusal(net, net.send('v1 consensus', action, args as never))).toMatchObject({
      code: 'malformed-args',
      facts: { path },
    });
  });
});

describe('few validators', () => {
  test('one founder grows to two and three: nobody attests itself, and the others suffice', () => {
    const net = createConsortium(consortiumDocument(1));
    for (const id of ['v2', 'v3']) {
      net.block([net.decide([add(net.genesis.network, id)])]);
      net.block([net.ready(`${id} consensus`, id)]);
      const others = id === 'v2' ? ['v1'] : ['v1', 'v2'];
      const arming = net.block(others.map((by) => net.attest(by, id)));
      expect(steps(arming).at(-1)).toBe('activation.armed');
      net.upTo(net.height() + 3);
    }
    expect(net.blocks.at(-1)?.header).toMatchObject({ epoch: 1, nextEpoch: 2 });
  });
});
