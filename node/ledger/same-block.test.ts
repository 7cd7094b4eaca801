/** What meets in one block: arming, lapse, withdrawal and activation, in every order of the transactions. */
import { describe, expect, test } from 'vitest';
import type { Transaction } from '../../shared/types/ledger.ts';
import {
  add,
  type Consortium,
  consortiumDocument,
  createConsortium,
  refusals,
  remove,
  steps,
} from './epoch-test-support.ts';
import { pendingActivation, readActivation } from './modules/activation-records.ts';

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** Runs every order on a network of its own. */
function inEveryOrder(
  prepare: () => Consortium,
  transactions: (net: Consortium) => { readonly [name: string]: Transaction },
  expected: (
    order: readonly string[],
    net: Consortium,
    made: readonly string[],
    refused: readonly unknown[],
  ) => void,
  laterMs = 10,
): void {
  const names = Object.keys(transactions(prepare()));
  for (const order of permutations(names)) {
    const net = prepare();
    const sent = transactions(net);
    const block = net.block(
      order.map((name) => sent[name]!),
      laterMs,
    );
    expected(order, net, steps(block), refusals(block));
  }
}

const withdrawal = (net: Consortium, admin = 'm1.admin') =>
  net.send(admin, 'activation.withdraw', { activation: pendingActivation(net.view)!.number, reason: 'no' });

const deadlineMs = 20_000;

/** v5 has said that it is ready, and two of three have reached it. */
function almostComplete(): Consortium {
  const net = createConsortium(consortiumDocument(4));
  net.block([net.decide([add(net.genesis.network, 'v5', { deadlineMs })])]);
  net.block([net.ready('v5 consensus', 'v5')]);
  net.block([net.attest('v1', 'v5'), net.attest('v2', 'v5')]);
  return net;
}

describe('in one block', () => {
  test('the last attestation and a withdrawal: withdrawn, whichever comes first', () => {
    inEveryOrder(
      almostComplete,
      (net) => ({ attest: net.attest('v3', 'v5'), withdraw: withdrawal(net) }),
      (order, net, made, refused) => {
        expect(made).not.toContain('activation.armed');
        expect(readActivation(net.view, 0)).toMatchObject({ status: 'withdrawn' });
        expect(refused.length).toBe(order[0] === 'withdraw' ? 1 : 0);
      },
    );
  });

  test('two last attestations and another word of the joiner: armed only for a record that Q attested', () => {
    inEveryOrder(
      almostComplete,
      (net) => ({
        third: net.attest('v3', 'v5'),
        fourth: net.attest('v4', 'v5'),
        ready: net.ready('v5 consensus', 'v5'),
      }),
      (_order, net, made) => {
        expect(made).not.toContain('activation.armed');
        expect(pendingActivation(net.view)?.status).toBe('approved');
      },
    );
  });

  test('everything that arms, at the deadline: too late in every order', () => {
    inEveryOrder(
      almostComplete,
      (net) => ({ attest: net.attest('v3', 'v5'), withdraw: withdrawal(net), more: net.attest('v4', 'v5') }),
      (_order, net, made, refused) => {
        expect(made).toEqual(['activation.lapsed']);
        expect(refused.length).toBe(3);
        expect(readActivation(net.view, 0)).toMatchObject({ status: 'lapsed' });
      },
      deadlineMs,
    );
  });

  test('at the deadline a new change finds the place free', () => {
    const net = almostComplete();
    const block = net.block([net.rotate('v1', 'v1 consensus', 'v1 next')], deadlineMs);
    expect(steps(block)).toEqual(['activation.lapsed', 'activation.approved']);
  });

  test('approval, readiness of the new key and withdrawal: only the order in which it is asked counts', () => {
    inEveryOrder(
      () => createConsortium(consortiumDocument(4)),
      (net) => ({
        rotate: net.rotate('v2', 'v2 consensus', 'v2 next'),
        ready: net.ready('v2 next', 'v2'),
        withdraw: net.send('m2.admin', 'activation.withdraw', { activation: 0, reason: 'no' }),
      }),
      (order, net, made) => {
        const isWithdrawn = order.indexOf('rotate') < order.indexOf('withdraw');
        const isReady = order.indexOf('rotate') < order.indexOf('ready');
        const expected = isWithdrawn ? 'withdrawn' : isReady ? 'scheduled' : 'approved';
        expect(readActivation(net.view, 0)?.status).toBe(expected);
        expect(made.includes('activation.armed')).toBe(expected === 'scheduled');
      },
    );
  });

  const beforeLast = (): Consortium => {
    const net = createConsortium(consortiumDocument(5));
    net.block([net.decide([remove('v5')])]);
    net.upTo(3);
    return net;
  };

  test('a − 1 with a withdrawal and a new removal: the new one if it comes second, in the same epoch', () => {
    inEveryOrder(
      beforeLast,
      (net) => ({ withdraw: withdrawal(net), remove: net.decide([remove('v4')]) }),
      (order, net, made, refused) => {
        if (order[0] === 'withdraw') {
          expect(made).toEqual(['activation.withdrawn', 'activation.approved', 'activation.armed']);
          expect(pendingActivation(net.view)).toMatchObject({ number: 1, at: 8 });
        } else {
          expect(made).toEqual(['activation.withdrawn']);
          expect(refused).toMatchObject([{ code: 'plan-refused', facts: { reason: 'activation-pending' } }]);
        }
        expect(net.blocks.at(-1)?.header).toMatchObject({ epoch: 0, nextEpoch: 0 });
      },
    );
  });

  test('a − 1 with a rotation: refused in the old epoch, and the new one begins', () => {
    const net = beforeLast();
    const block = net.block([net.rotate('v1', 'v1 consensus', 'v1 next')]);
    expect(refusals(block)).toMatchObject([{ code: 'activation-pending' }]);
    expect(steps(block)).toEqual(['activation.activated', 'epochs.opened']);
    expect(steps(net.block([net.rotate('v1', 'v1 consensus', 'v1 next')]))).toEqual(['activation.approved']);
  });

  test('the deadline passed in a − 1 ends nothing that is scheduled', () => {
    const net = beforeLast();
    expect(steps(net.block([], 40 * 24 * 60 * 60 * 1000))).toEqual(['activation.activated', 'epochs.opened']);
  });
});
