/** What an observer accepted reaches the validators, whatever was lost on the way; and they hand it over for it. */
import { describe, expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { consortiumDocument, remove } from '../ledger/epoch-test-support.ts';
import { appendOf } from '../ledger/test-support.ts';
import { createTransactionChecks } from './admission.ts';
import { createBacklog } from './backlog.ts';
import { createBatches } from './batches.ts';
import { createDissemination } from './dissemination.ts';
import { oldestWithin } from './forwarding.ts';
import { createTestNetwork, type TestNetwork } from './network-test-support.ts';
import { createPayloads } from './payloads.ts';
import { createConduct } from './peer-conduct.ts';
import { createSubmission } from './submission.ts';
import { createTestContext, document, genesis, ids, noArrivals, transactionOf } from './test-support.ts';
import { createTransactionLane } from './verification.ts';
import { createWaitingRoom } from './waiting-room.ts';

const observer = 'observer' as ValidatorId;
const [v1, v2] = ids as readonly [ValidatorId, ValidatorId];

function setUp(self: ValidatorId, open: readonly ValidatorId[] = [...ids, observer]) {
  const test = createTestContext(self, open);
  const { context } = test;
  const room = createWaitingRoom(context, genesis.header.time);
  const checks = createTransactionChecks(context, createTransactionLane(test.ports.verifier, 100));
  const payloads = createPayloads(context, createConduct(context), {
    isProposed: (digest) => batches.lacksPayload(digest),
    changed: () => batches.payloadsChanged(),
  });
  const batches = createBatches(context, room, checks, noArrivals, payloads);
  const dissemination = createDissemination(context, room, batches, checks, payloads);
  const backlog = createBacklog(context);
  const submission = createSubmission(context, room, batches, checks, dissemination, backlog, payloads);
  dissemination.start(() => undefined);
  const { handOverMs } = context.tuning;
  return {
    ...test,
    accept(...transactions: readonly Transaction[]): void {
      submission.submit(transactions, () => undefined);
      test.completeAll();
    },
    receive(from: ValidatorId, ...transactions: readonly Transaction[]): void {
      dissemination.received(
        from,
        transactions.map(({ envelope }) => envelope),
      );
      test.completeAll();
    },
    intervals: (count: number): void => test.advance(count * handOverMs),
    handedOver: () => test.sent.flatMap(({ message }) => (message.type === 'hand-over' ? [message.ids] : [])),
    forwarded: () =>
      test.sent.flatMap(({ message }) => (message.type === 'transactions' ? [message.envelopes] : [])),
  };
}

describe('an observer', () => {
  it('gives what it accepted to the validators again in each interval, oldest first and so much at once', () => {
    const node = setUp(observer);
    const many = Array.from({ length: 1_001 }, () => transactionOf());
    node.accept(...many);
    node.intervals(1);
    expect(node.forwarded()).toEqual([]);
    node.intervals(1);
    const [frame = []] = node.forwarded();
    const oldest = many.map(({ envelope }) => envelope);
    expect(frame).toEqual(oldestWithin(oldest, 256 * 1024));
    expect(frame.length).toBeGreaterThan(500);
    node.intervals(2);
    expect(node.forwarded()).toHaveLength(3);
    expect(node.handedOver()).toEqual([]);
    expect(node.fed).toEqual([]);
  });
});

it.each([
  ['what fits', [4, 4, 4], 9, 2],
  ['all', [4, 4], 8, 2],
  ['one that is larger than all that fits', [40, 4], 9, 1],
  ['nothing', [], 9, 0],
])('of the oldest: %s', (_, sizes, bytesMax, count) => {
  const envelopes = sizes.map((size) => new Uint8Array(size));
  expect(oldestWithin(envelopes, bytesMax)).toEqual(envelopes.slice(0, count));
});

describe('a validator', () => {
  it('hands over what an observer brought, as if it were its own', () => {
    const node = setUp(v1);
    const [theirs, peers] = [transactionOf(), transactionOf()];
    node.receive(observer, theirs);
    node.receive(v2, peers);
    node.intervals(1);
    expect(node.handedOver()).toEqual([]);
    node.intervals(1);
    expect(node.handedOver()).toEqual([[theirs.id]]);
    expect(node.fed).toContainEqual({ type: 'waiting', from: v1, ids: [theirs.id] });
  });

  it('but its own first: an observer takes no place from its clients', () => {
    const node = setUp(v1);
    const { waitingPerPeer } = document.parameters;
    const theirs = Array.from({ length: waitingPerPeer }, () => transactionOf());
    const own = Array.from({ length: waitingPerPeer - 1 }, () => transactionOf());
    node.receive(observer, ...theirs);
    node.accept(...own);
    node.intervals(2);
    expect(node.handedOver()).toEqual([[...own, theirs[0]!].map(({ id }) => id)]);
  });
});

const four = ['v1', 'v2', 'v3', 'v4'];
const five = [...four, 'v5'];

function founded(n: number): TestNetwork {
  const net = createTestNetwork(consortiumDocument(n, { heartbeatMs: 100 }), five);
  for (const id of five) net.start(id);
  net.until('all vote', () => five.slice(0, n).every((id) => net.mode(id) === 'voting'));
  return net;
}
const appended = (net: TestNetwork, name: string): Transaction =>
  net.transaction('m1.admin', 'streams.append', appendOf('s', name));
const isCertified = (net: TestNetwork, at: string, { id }: Transaction): boolean =>
  net.seat(at).blocks.some(({ block }) => block.ran.some(({ transaction }) => transaction.id === id));

describe('what an observer accepted', () => {
  it('while it had no link is certified once it has one', () => {
    const net = founded(4);
    net.cut('v5', true);
    const transaction = appended(net, 'alone');
    net.submit('v5', transaction);
    net.run(1_000);
    expect(net.seat('v5').envelopes.size).toBe(1);
    net.cut('v5', false);
    net.until('certified', () => five.every((id) => isCertified(net, id, transaction)), 5_000);
    expect(net.seat('v5').envelopes.size).toBe(0);
  });

  it('survives its crash and is forwarded after the next start', () => {
    const net = founded(4);
    net.cut('v5', true);
    const transaction = appended(net, 'promised');
    net.submit('v5', transaction);
    net.run(50);
    net.crash('v5');
    net.cut('v5', false);
    net.run(500);
    expect(isCertified(net, 'v1', transaction)).toBe(false);
    net.start('v5');
    net.until('certified', () => five.every((id) => isCertified(net, id, transaction)), 5_000);
  });

  it('before it was removed from the set is handed to those who remain', () => {
    const net = founded(5);
    net.cut('v5', true);
    const transaction = appended(net, 'last words');
    net.submit('v5', transaction);
    const expiresAt = net.genesis.header.time + 3_600_000;
    const proposal = { actions: [remove('v5')], reason: 'because', expiresAt };
    net.submit('v1', net.transaction('m1.admin', 'governance.propose', proposal as never));
    net.until('it is removed', () => four.every((id) => net.epoch(id) === 1));
    net.cut('v5', false);
    net.until('certified', () => five.every((id) => isCertified(net, id, transaction)), 10_000);
    expect([net.mode('v5'), net.epoch('v5')]).toEqual(['observing', 1]);
  });
});
