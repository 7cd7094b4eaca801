/** Who suspects a primary alone: what it still does, and what brings it back (rules N7, V3, V5). */
import { expect, it } from 'vitest';
import { consortiumDocument } from '../ledger/epoch-test-support.ts';
import { createTestNetwork } from './network-test-support.ts';

const ids = ['v1', 'v2', 'v3', 'v4'];

it('follows, executes and certifies, votes for no batch, and is back with the next change of primary', () => {
  const network = createTestNetwork(consortiumDocument(4, { heartbeatMs: 250 }, 2), ids);
  for (const id of ids) network.start(id);
  network.until('all vote', () => ids.every((id) => network.mode(id) === 'voting'));
  const standing = (id: string): unknown => {
    const { view, changingTo } = network.node(id).status().consensus!;
    return changingTo ?? view;
  };
  const commitsOfLast = (): number =>
    network.signed.filter(({ by, slot }) => by === 'v4' && slot.kind === 'commit').length;
  const propose = (): void => {
    const actions = [{ kind: 'parameters.set', args: { set: { batchLimit: 7 } } }];
    const expiresAt = network.genesis.header.time + 24 * 3_600_000;
    const args = { actions, reason: 'because', expiresAt };
    network.submit('v2', network.transaction('m1.admin', 'governance.propose', args));
  };
  network.cut('v4', true);
  network.until('it doubts the primary that it does not hear', () => standing('v4') === 1);
  network.cut('v4', false);
  propose();
  network.until('all have the block', () => ids.every((id) => network.height(id) === 1));
  network.run(30_000);
  expect(ids.map(standing)).toEqual([0, 0, 0, 1]);
  expect(commitsOfLast()).toBe(0);
  network.crash('v1');
  network.until('another one leads', () => ['v2', 'v3', 'v4'].every((id) => standing(id) === 1));
  network.start('v1');
  propose();
  network.until('all are together', () => ids.every((id) => network.height(id) === 2 && standing(id) === 1));
  expect(commitsOfLast()).toBe(1);
});
