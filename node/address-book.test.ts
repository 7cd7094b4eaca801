import { expect, it } from 'vitest';
import { fromHex } from '../shared/codec/hex.ts';
import type { PublicKey, ValidatorId } from '../shared/types/brands.ts';
import { addressBookOf, ownNodeKeys, touchesAddresses } from './address-book.ts';
import { followAddresses } from './follow-addresses.ts';
import {
  add,
  type Consortium,
  consortiumDocument,
  createConsortium,
  possessionOf,
  remove,
} from './ledger/epoch-test-support.ts';
import { keyOf, startTime } from './ledger/test-support.ts';

const entry = (net: Consortium, id: string, time = startTime) =>
  addressBookOf(net.view, time).find((one) => one.id === id);
const kinds = (net: Consortium) => addressBookOf(net.view, startTime).map(({ id, kind }) => `${id} ${kind}`);

function replacedNodeKey(net: Consortium, name: string) {
  const key = keyOf(name);
  const possession = possessionOf(net.genesis.network, { key, kind: 'node', owner: 'v2' });
  const args = { id: 'v2', key: fromHex(key), possession };
  return net.decide([{ kind: 'validators.replace-node-key', args }]);
}
function observer(net: Consortium, id: string) {
  const nodeKey = keyOf(`${id} node`);
  const possession = possessionOf(net.genesis.network, { key: nodeKey, kind: 'node', owner: id });
  return net.decide([
    { kind: 'observers.add', args: { id, member: 'm1', nodeKey: fromHex(nodeKey), possession } },
  ]);
}

it('names validators, who is about to join, observers and former validators, each as what it is', () => {
  const net = createConsortium(consortiumDocument(5));
  expect(kinds(net)).toEqual(['v1', 'v2', 'v3', 'v4', 'v5'].map((id) => `${id} validator`));
  net.block([observer(net, 'o1')]);
  expect(entry(net, 'o1')).toEqual({ id: 'o1', nodeKeys: [keyOf('o1 node')], kind: 'observer' });
  net.block([net.decide([remove('v5')])]);
  net.upTo(net.height() + 5);
  expect(entry(net, 'v5')).toMatchObject({ kind: 'former', nodeKeys: [keyOf('v5 node')] });
  net.block([net.decide([add(net.genesis.network, 'v6')])]);
  expect(entry(net, 'v6')).toMatchObject({ kind: 'pending', address: 'wss://127.0.0.1:7106' });
  net.block([net.ready('v6 consensus', 'v6')]);
  net.block(['v1', 'v2', 'v3'].map((by) => net.attest(by, 'v6')));
  expect(entry(net, 'v6')).toMatchObject({ kind: 'validator' });
});

it('no longer names the former validator of a member that was removed, for whom the ledger is closed', () => {
  const net = createConsortium(consortiumDocument(5));
  net.block([net.decide([remove('v5')])]);
  net.upTo(net.height() + 5);
  const removal = net.block([net.decide([{ kind: 'members.suspend', args: { member: 'm5' } }])]);
  expect(touchesAddresses(removal)).toBe(true);
  expect(entry(net, 'v5')).toMatchObject({ kind: 'former' });
  net.block([net.decide([{ kind: 'members.remove', args: { member: 'm5' } }])]);
  expect(entry(net, 'v5')).toBeUndefined();
});

it('admits a replaced node key beside the new one for a while, and no longer', () => {
  const net = createConsortium(consortiumDocument(4));
  const block = net.block([replacedNodeKey(net, 'v2 second node')]);
  expect(touchesAddresses(block)).toBe(true);
  expect(touchesAddresses(net.block())).toBe(false);
  const both = [keyOf('v2 second node'), keyOf('v2 node')];
  expect(entry(net, 'v2')?.nodeKeys).toEqual(both);
  expect(ownNodeKeys(net.view, 'v2' as ValidatorId, startTime)).toEqual(both);
  expect(entry(net, 'v2', startTime + 30 * 24 * 3_600_000)?.nodeKeys).toEqual(both.slice(0, 1));
});

it('is followed by links: refreshed when it changed, and the own node key proven once it is held', async () => {
  const net = createConsortium(consortiumDocument(4));
  const done: string[] = [];
  const held = new Map(
    [['v2 second node', { keyPem: 'k', certificatePem: 'second' }]].map(([name, made]) => [
      keyOf(name as string),
      made,
    ]),
  );
  const follow = followAddresses({
    self: 'v2' as ValidatorId,
    state: net.view,
    refresh: () => done.push('refresh'),
    prove: ({ certificatePem }) => done.push(certificatePem),
    nodeKey: keyOf('v2 node'),
    certificateOf: (key: PublicKey) => {
      const made = held.get(key) as { keyPem: string; certificatePem: string } | undefined;
      return made && Promise.resolve(made);
    },
    log: { write: (_level, code) => done.push(code) },
  });
  follow(net.block());
  follow(net.block());
  follow(net.block([replacedNodeKey(net, 'v2 lost node')]));
  follow(net.block([replacedNodeKey(net, 'v2 second node')]));
  await Promise.resolve();
  await Promise.resolve();
  expect(done).toEqual(['refresh', 'refresh', 'node-key-missing', 'refresh', 'second', 'node-key-changed']);
});
