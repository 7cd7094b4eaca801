import { describe, expect, it } from 'vitest';
import { fromHex } from '../../shared/codec/hex.ts';
import type { MemberId, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import { consortiumDocument, possessionOf } from '../ledger/epoch-test-support.ts';
import { keyOf } from '../ledger/test-support.ts';
import { createTestNetwork, type TestNetwork } from './network-test-support.ts';
import { encodeLinkMessage } from './wire.ts';

const ids = ['v1', 'v2', 'v3', 'v4'];

function running(): TestNetwork {
  const document = consortiumDocument(4, { heartbeatMs: 250, lifetimeMs: 600_000 }, 2);
  const network = createTestNetwork(document, ids);
  for (const id of ids) network.start(id);
  network.until('all vote', () => ids.every((id) => network.mode(id) === 'voting'));
  return network;
}

/** The admin of the second member gets the key of this name. */
function replacement({ genesis, transaction }: TestNetwork, from: string, to: string): Transaction {
  const owner = { kind: 'identity', owner: 'm2.admin', member: 'm2' as MemberId } as const;
  const possession = possessionOf(genesis.network, { key: keyOf(to), ...owner });
  const args = { identity: 'm2.admin', key: fromHex(keyOf(to)), possession };
  return transaction(from, 'identities.replace-key', args, 300_000);
}

function proposal({ genesis, transaction }: TestNetwork, sender: string): Transaction {
  const actions = [{ kind: 'parameters.set', args: { set: { batchLimit: 7 } } }];
  const expiresAt = genesis.header.time + 24 * 3_600_000;
  return transaction(sender, 'governance.propose', { actions, reason: 'because', expiresAt }, 300_000);
}

const views = (network: TestNetwork): readonly unknown[] =>
  ids.map((id) => {
    const consensus = network.node(id).status().consensus;
    return consensus?.changingTo === undefined ? consensus?.view : `asks for ${consensus.changingTo}`;
  });

function outcomeAt(network: TestNetwork, id: string, transaction: TransactionId): unknown {
  const ran = network.seat(id).blocks.flatMap(({ block }) => block.ran);
  return ran.find((one) => one.transaction.id === transaction)?.outcome;
}

describe('a transaction of a key that was replaced while it was on its way (rules F1, X3)', () => {
  it.each(ids)('accepted at %s, is refused on record everywhere, and no primary is blamed', (at) => {
    const network = running();
    network.submit('v1', replacement(network, 'm2.admin', 'm2.admin second'));
    network.run(6);
    const late = proposal(network, 'm2.admin');
    network.submit(at, late);
    network.run(12_000);
    expect(views(network)).toEqual([0, 0, 0, 0]);
    const refused = { status: 'failed', rejection: { code: 'unknown-sender' } };
    for (const id of ids) expect(outcomeAt(network, id, late.id)).toMatchObject(refused);
    for (const id of ids) expect(network.node(id).status().pool.count).toBe(0);
  });

  it('accepted at who was cut off meanwhile, does not keep that one out of the view for ever', () => {
    const network = running();
    network.cut('v4', true);
    const late = proposal(network, 'm2.admin');
    network.submit('v4', late);
    network.run(50);
    network.submit('v1', replacement(network, 'm2.admin', 'm2.admin second'));
    network.until('the key is replaced', () => ['v1', 'v2', 'v3'].every((id) => network.height(id) >= 1));
    network.cut('v4', false);
    network.run(20_000);
    expect(views(network)).toEqual([0, 0, 0, 0]);
    expect(outcomeAt(network, 'v1', late.id)).toMatchObject({ status: 'failed' });
    expect(network.seat('v4').envelopes.size).toBe(0);
    expect(network.node('v1').observe()?.refusals).toEqual([]);
  });

  it('does not let a client replace the primary again and again', () => {
    const network = running();
    let name = 'm2.admin';
    for (let round = 0; round < 5; round += 1) {
      const next = `m2.admin ${round}`;
      network.submit('v1', replacement(network, name, next));
      network.run(6);
      network.submit('v2', proposal(network, name));
      network.run(12_000);
      name = next;
    }
    expect(views(network)).toEqual([0, 0, 0, 0]);
  });
});

describe('a transaction of a key that nobody here knows', () => {
  it('is left to whoever knows better, and its sender is not blamed: it may be ahead (rule F1)', () => {
    const network = running();
    const strange = proposal(network, 'a stranger');
    const frame = encodeLinkMessage({ type: 'transactions', envelopes: [strange.envelope] });
    network.node('v1').received('v2' as ValidatorId, frame);
    network.run(1_000);
    expect(network.node('v1').status().pool.count).toBe(0);
    expect(network.node('v1').observe()?.refusals).toEqual([]);
    expect(network.logged.filter(({ code }) => code === 'sender-unknown')).toMatchObject([
      { id: 'v1', facts: { from: 'v2', count: 1 } },
    ]);
  });
});
