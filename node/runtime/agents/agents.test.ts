/** Rule E3 by whole nodes: who joins, comes back or rotates needs nobody's hand; who is not there does not get in. */
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../shared/codec/hex.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { add, consortiumDocument, newStore, possessionOf } from '../../ledger/epoch-test-support.ts';
import { pendingActivation, readActivation } from '../../ledger/modules/activation-records.ts';
import { keyOf } from '../../ledger/test-support.ts';
import { createTestNetwork, type TestNetwork } from '../network-test-support.ts';

const four = ['v1', 'v2', 'v3', 'v4'];
const five = [...four, 'v5'];

function founded(ids = five): TestNetwork {
  const net = createTestNetwork(consortiumDocument(4, { heartbeatMs: 100 }), ids);
  for (const id of four) net.start(id);
  net.until('all vote', () => four.every((id) => net.mode(id) === 'voting'));
  return net;
}

function decide(net: TestNetwork, ...actions: readonly GovernedAction[]): void {
  const expiresAt = net.genesis.header.time + 24 * 3_600_000;
  const proposal = { actions: [...actions], reason: 'because', expiresAt };
  net.submit('v1', net.transaction('m1.admin', 'governance.propose', proposal as unknown as CborValue));
}
const inEpoch = (net: TestNetwork, ids: readonly string[], epoch: number): boolean =>
  ids.every((id) => net.isUp(id) && net.epoch(id) === epoch && net.mode(id) === 'voting');

/** How often each action ran, and how often it was refused. */
function ran(net: TestNetwork, action: string): { succeeded: number; failed: number } {
  const outcomes = net
    .seat('v1')
    .blocks.flatMap(({ block }) => block.ran)
    .filter(({ transaction }) => transaction.body.action === action)
    .map(({ outcome }) => outcome.status);
  const succeeded = outcomes.filter((status) => status === 'succeeded').length;
  return { succeeded, failed: outcomes.length - succeeded };
}

describe('who joins', () => {
  it('announces itself, is reached by a quorum, and votes in the next epoch; nothing is said in vain', () => {
    const net = founded();
    net.start('v5');
    decide(net, add(net.genesis.network, 'v5'));
    net.until('all five vote', () => inEpoch(net, five, 1));
    expect(ran(net, 'validator.ready')).toEqual({ succeeded: 1, failed: 0 });
    expect(ran(net, 'validator.attest')).toEqual({ succeeded: 3, failed: 0 });
    expect(readActivation(net.state('v1'), 0)?.reach.get('v5' as never)).toEqual(['v1', 'v2', 'v3']);
  });

  it('is attested by others when one of the first in turn is down', () => {
    const net = founded();
    net.start('v5');
    net.crash('v2');
    decide(net, add(net.genesis.network, 'v5'));
    net.until('the others go over', () => inEpoch(net, ['v1', 'v3', 'v4', 'v5'], 1));
    expect(readActivation(net.state('v1'), 0)?.reach.get('v5' as never)).toEqual(['v1', 'v3', 'v4']);
  });

  it('comes late, but before the deadline', () => {
    const net = founded();
    decide(net, add(net.genesis.network, 'v5'));
    net.run(20_000);
    expect(pendingActivation(net.state('v1'))?.status).toBe('approved');
    net.start('v5');
    net.until('all five vote', () => inEpoch(net, five, 1));
  });

  it('lapses if it is not there, though its announcement is: nobody attests who does not answer', () => {
    const net = founded();
    decide(net, add(net.genesis.network, 'v5', { deadlineMs: 30_000 }));
    net.until('approved', () => net.height('v1') > 0 && pendingActivation(net.state('v1')) !== undefined);
    const height = net.height('v1');
    const store = net.seat('v5').incarnation;
    const args = {
      activation: 0,
      incarnation: fromHex(store),
      height,
      block: fromHex(net.hash('v1', height)!),
      protocol: 1,
    };
    net.submit('v1', net.transaction('v5 consensus', 'validator.ready', args));
    net.until('lapsed', () => readActivation(net.state('v1'), 0)?.status === 'lapsed');
    expect(ran(net, 'validator.ready').succeeded).toBe(1);
    expect(ran(net, 'validator.attest')).toEqual({ succeeded: 0, failed: 0 });
    expect(four.map((id) => net.epoch(id))).toEqual([0, 0, 0, 0]);
  });
});

describe('who comes back with an empty disk', () => {
  it('is told apart by its new vote store, is attested, and votes again', () => {
    const net = founded(four);
    net.crash('v4');
    const seat = net.seat('v4');
    seat.records = [];
    seat.incarnation = keyOf('v4 store 2').slice(0, 32) as never;
    net.start('v4');
    decide(net, newStore('v4', 2));
    net.until('all vote', () => inEpoch(net, four, 1));
    expect(ran(net, 'validator.attest')).toEqual({ succeeded: 3, failed: 0 });
  });
});

describe('who rotates its key', () => {
  function rotated(hasKey: boolean): TestNetwork {
    const net = founded(four);
    const key = keyOf('v2 second');
    if (hasKey) net.seat('v2').keys.push(key);
    const possession = possessionOf(net.genesis.network, { key, kind: 'consensus', owner: 'v2' });
    const args = { key: fromHex(key), possession, deadlineMs: 20_000 };
    net.submit('v1', net.transaction('v2 consensus', 'validator.rotate', args));
    return net;
  }

  it('says by itself that its process holds the new one', () => {
    const net = rotated(true);
    net.until('all vote', () => inEpoch(net, four, 1));
    expect(ran(net, 'validator.ready')).toEqual({ succeeded: 1, failed: 0 });
    expect(ran(net, 'validator.attest')).toEqual({ succeeded: 0, failed: 0 });
  });

  it('says nothing without it, but in the log, and the change lapses', () => {
    const net = rotated(false);
    net.until('lapsed', () => readActivation(net.state('v1'), 0)?.status === 'lapsed');
    expect(ran(net, 'validator.ready')).toEqual({ succeeded: 0, failed: 0 });
    const told = net.logged.filter(({ code }) => code === 'next-key-missing');
    expect(told.map(({ id }) => id)).toEqual(['v2']);
  });
});
