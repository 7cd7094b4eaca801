import { describe, expect, it } from 'vitest';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { consortiumDocument } from '../ledger/epoch-test-support.ts';
import { createTestNetwork, type TestNetwork } from './network-test-support.ts';
import { encodeLinkMessage } from './wire.ts';

const ids = ['v1', 'v2', 'v3', 'v4'];
const lifetimeMs = 600_000;
const driftMs = 30_000;

/** All clocks are within the drift of each other, which rule N1 tolerates. */
function running(aheadMs: number): TestNetwork {
  const network = createTestNetwork(consortiumDocument(4, { heartbeatMs: 250, lifetimeMs, driftMs }, 2), ids);
  network.skew('v4', aheadMs);
  for (const id of ids) network.start(id);
  network.until('all vote', () => ids.every((id) => network.mode(id) === 'voting'));
  return network;
}

function proposal({ genesis, transaction }: TestNetwork, lifeMs: number): Transaction {
  const actions = [{ kind: 'parameters.set', args: { set: { batchLimit: 7 } } }];
  const expiresAt = genesis.header.time + 24 * 3_600_000;
  return transaction('m1.admin', 'governance.propose', { actions, reason: 'because', expiresAt }, lifeMs);
}

const suspicions = ({ logged }: TestNetwork): readonly unknown[] =>
  logged.filter(({ code }) => code === 'primary-suspected');

describe('the longest life at a clock that is ahead within the drift (rules F1, N1)', () => {
  it('starts no deadline before every honest clock takes it in, and is certified then', () => {
    const network = running(25_000);
    const long = proposal(network, 25_000 + 614_000);
    network.submit('v4', long);
    network.run(8_000);
    expect([suspicions(network), network.height('v1')]).toEqual([[], 0]);
    network.run(12_000);
    expect(suspicions(network)).toEqual([]);
    for (const id of ids) expect(network.height(id)).toBe(1);
  });

  it('handed over by a liar to that one alone, blames no primary', () => {
    const network = running(8_000);
    const long = proposal(network, 8_000 + lifetimeMs + driftMs - 500);
    const liar = 'v2' as ValidatorId;
    const tell = (message: Parameters<typeof encodeLinkMessage>[0]): void =>
      network.node('v4').received(liar, encodeLinkMessage(message));
    tell({ type: 'transactions', envelopes: [long.envelope] });
    network.run(100);
    for (let second = 0; second < 60; second += 1) {
      tell({ type: 'hand-over', ids: [long.id] });
      network.run(1_000);
    }
    expect(suspicions(network)).toEqual([]);
    expect(network.height('v1')).toBe(1);
  });

  it('keeps what it promised when its clock is set right while it is down', () => {
    const network = running(25_000);
    network.cut('v4', true);
    network.submit('v4', proposal(network, 25_000 + 614_000));
    network.run(50);
    network.crash('v4');
    network.skew('v4', 0);
    network.start('v4');
    network.cut('v4', false);
    network.run(45_000);
    for (const id of ids) expect(network.height(id)).toBe(1);
    expect(network.seat('v4').envelopes.size).toBe(0);
    expect(suspicions(network)).toEqual([]);
  });
});
