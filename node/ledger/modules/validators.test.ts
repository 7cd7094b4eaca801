/** What members decide about node keys and addresses: in force in its block, in every epoch after it. */
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../shared/codec/hex.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import {
  type Consortium,
  consortiumDocument,
  createConsortium,
  possessionOf,
  refusals,
  remove,
  validatorNamed,
} from '../epoch-test-support.ts';
import { readRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import { keyOf } from '../test-support.ts';
import { readKey } from './keys.ts';
import { readValidator } from './network.ts';

const newNodeKey = (net: Consortium, id: string, name: string, overlapMs?: number): GovernedAction => {
  const key = keyOf(name);
  const possession = possessionOf(net.genesis.network, { key, kind: 'node', owner: id });
  const args = { id, key: fromHex(key), possession, ...(overlapMs !== undefined && { overlapMs }) };
  return { kind: 'validators.replace-node-key', args };
};
const refusal = (net: Consortium, action: GovernedAction) =>
  (refusals(net.block([net.decide([action])])) as { readonly facts: object }[])[0]?.facts;

describe('validators.replace-node-key', () => {
  test('the new key is in force at once, the old one beside it until a block time', () => {
    const net = createConsortium(consortiumDocument(5));
    const block = net.block([net.decide([newNodeKey(net, 'v2', 'v2 new node', 5_000)])]);
    expect(refusals(block)).toEqual([]);
    expect(readValidator(net.view, 'v2')?.nodeKey).toBe(keyOf('v2 new node'));
    expect(readRecord(net.view, stateKeys.validator('v2'))).toMatchObject({
      previousNodeKey: { key: fromHex(keyOf('v2 node')), until: block.header.time + 5_000 },
    });
    expect(readKey(net.view, keyOf('v2 node'))).toMatchObject({ until: 1 });
    expect(readKey(net.view, keyOf('v2 new node'))).toMatchObject({
      kind: 'node',
      owner: 'v2',
      member: 'm2',
    });
    expect(block.boundary).toEqual({ kind: 'within' });
  });

  test('an activation does not bring the old one back', () => {
    const net = createConsortium(consortiumDocument(5));
    net.block([net.decide([remove('v5')])]);
    net.block([net.decide([newNodeKey(net, 'v2', 'v2 new node')])]);
    net.upTo(6);
    expect(readValidator(net.view, 'v2')?.nodeKey).toBe(keyOf('v2 new node'));
    expect(readRecord(net.view, stateKeys.former('v5'))).toMatchObject({
      id: 'v5',
      nodeKey: fromHex(keyOf('v5 node')),
      until: 5,
    });
  });

  test('of nobody, with a key that somebody has, without possession', () => {
    const net = createConsortium(consortiumDocument(4));
    expect(refusal(net, newNodeKey(net, 'v9', 'new'))).toMatchObject({ reason: 'unknown-validator' });
    expect(refusal(net, newNodeKey(net, 'v2', 'v3 consensus'))).toMatchObject({ reason: 'key-in-use' });
    const { args } = newNodeKey(net, 'v3', 'new');
    expect(refusal(net, { kind: 'validators.replace-node-key', args: { ...args, id: 'v2' } })).toMatchObject({
      reason: 'possession-invalid',
    });
  });
});

describe('validators.set-address', () => {
  const setAddress = (args: GovernedAction['args']): GovernedAction => ({
    kind: 'validators.set-address',
    args,
  });

  test('either or both, in force at once', () => {
    const net = createConsortium(consortiumDocument(4));
    const address = 'wss://north.example:7101';
    expect(refusal(net, setAddress({ id: 'v2', address }))).toBeUndefined();
    expect(readValidator(net.view, 'v2')).toMatchObject({ address, gateway: validatorNamed('v2').gateway });
    const gateway = 'https://north.example';
    expect(refusals(net.block([net.decide([setAddress({ id: 'v2', gateway })])]))).toMatchObject([
      { code: 'malformed-args', facts: { path: 'args.actions[0].args.gateway' } },
    ]);
    expect(refusals(net.block([net.decide([setAddress({ id: 'v2' })])]))).toMatchObject([
      { code: 'malformed-args', facts: { expected: 'address, gateway or both' } },
    ]);
  });

  test('of nobody, and that another validator has', () => {
    const net = createConsortium(consortiumDocument(4));
    const { address, gateway } = validatorNamed('v3');
    expect(refusal(net, setAddress({ id: 'v9', address: 'wss://a.example:1' }))).toMatchObject({
      reason: 'unknown-validator',
    });
    for (const taken of [{ address }, { gateway }])
      expect(refusal(net, setAddress({ id: 'v2', ...taken }))).toMatchObject({
        reason: 'address-in-use',
        facts: { validator: 'v3', address: Object.values(taken)[0] },
      });
    expect(refusal(net, setAddress({ id: 'v3', address, gateway }))).toBeUndefined();
  });
});
