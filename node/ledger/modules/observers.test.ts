/** Observers are registered by ballots, under ids and keys that nobody else has. */
import { beforeEach, describe, expect, test } from 'vitest';
import { encode } from '../../../shared/codec/dag-cbor.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue, Rejection } from '../../../shared/types/ledger.ts';
import { stateKeys } from '../state-keys.ts';
import { keyOf } from '../test-support.ts';
import { readKey } from './keys.ts';
import { readObserver, readObservers } from './observers.ts';
import { type Consortium, createConsortium, documentOf } from './test-support.ts';

let all: Consortium;
beforeEach(() => {
  all = createConsortium(documentOf(2));
});

const adding = (
  id: string,
  change: { [name: string]: CborValue } = {},
  key = `${id} key`,
): GovernedAction => {
  const { key: nodeKey, possession } = all.newKey(key, id, 'node');
  return { kind: 'observers.add', args: { id, member: 'm1', nodeKey, possession, ...change } };
};
const removing = (id: string): GovernedAction => ({ kind: 'observers.remove', args: { id } });
const decide = (...actions: readonly GovernedAction[]) => all.decide(actions, ['m2.admin']);
const reasonOf = (...actions: readonly GovernedAction[]): Partial<Rejection> => {
  const { refusal } = all.propose('m1.admin', actions);
  expect(refusal?.code).toBe('plan-refused');
  return { code: refusal?.facts.reason as string, facts: refusal?.facts.facts as Rejection['facts'] };
};

describe('observers.add', () => {
  test('registers the node and its key, with or without addresses', () => {
    const addresses = { address: 'wss://10.0.0.1:7000', gateway: 'https://mirror.example.org:443' };
    decide(adding('m1-mirror', addresses), adding('a-mirror'));
    expect(readObservers(all.chain.view)).toEqual([
      { id: 'a-mirror', member: 'm1', nodeKey: keyOf('a-mirror key') },
      { id: 'm1-mirror', member: 'm1', nodeKey: keyOf('m1-mirror key'), ...addresses },
    ]);
    expect(readKey(all.chain.view, keyOf('a-mirror key'))).toMatchObject({ kind: 'node', owner: 'a-mirror' });
  });

  test('under an id of a validator, a former one or an observer is refused', () => {
    expect(reasonOf(adding('v1'))).toEqual({ code: 'validator-exists', facts: { validator: 'v1' } });
    expect(reasonOf(adding('x'), adding('x'))).toEqual({ code: 'observer-exists', facts: { observer: 'x' } });
    all.chain.state.set(stateKeys.former('v0'), encode({ id: 'v0' }));
    expect(reasonOf(adding('v0'))).toEqual({ code: 'id-used-before', facts: { id: 'v0' } });
  });

  test('for no active member, or with a key that is taken or not held, is refused', () => {
    expect(reasonOf(adding('x', { member: 'm9' }))).toEqual({
      code: 'unknown-member',
      facts: { member: 'm9' },
    });
    const suspended = { kind: 'members.suspend' as const, args: { member: 'm2' } };
    expect(reasonOf(suspended, adding('x', { member: 'm2' }))).toEqual({
      code: 'member-not-active',
      facts: { member: 'm2', status: 'suspended' },
    });
    expect(reasonOf(adding('x', {}, 'v1 node'))).toEqual({
      code: 'key-in-use',
      facts: { key: keyOf('v1 node'), owner: 'v1' },
    });
    const { possession } = all.newKey('x key', 'y', 'node');
    expect(reasonOf(adding('x', { possession }))).toMatchObject({ code: 'possession-invalid' });
  });

  test.each([
    ['address', 'https://10.0.0.1:7000'],
    ['address', 'wss://10.0.0.1'],
    ['address', 'wss://10.0.0.256:7000'],
    ['address', 'wss://10.0.1:7000'],
    ['address', 'wss://host:0'],
    ['address', 'wss://host:65536'],
    ['address', 'wss://host:7000/path'],
    ['gateway', 'ftp://host:80'],
    ['gateway', `http://${'a'.repeat(200)}:80`],
    ['gateway', 5],
  ])('%s %s is malformed', (field, value) => {
    expect(all.propose('m1.admin', [adding('x', { [field]: value })]).refusal).toMatchObject({
      code: 'malformed-args',
      facts: { path: `args.actions[0].args.${field}` },
    });
  });

  test.each(['wss://[::1]:7000', 'wss://node-1.example.org:65535', 'wss://127.0.0.1:1'])(
    'address %s is fine',
    (address) => {
      expect(all.propose('m1.admin', [adding('x', { address })]).refusal).toBeUndefined();
    },
  );
});

describe('observers.remove', () => {
  test('takes the entry away and keeps the key taken', () => {
    decide(adding('x'));
    decide(removing('x'));
    expect(readObserver(all.chain.view, 'x')).toBeUndefined();
    expect(readObservers(all.chain.view)).toEqual([]);
    expect(readKey(all.chain.view, keyOf('x key'))).toMatchObject({ since: 2, until: 4 });
    expect(reasonOf(adding('y', {}, 'x key'))).toMatchObject({ code: 'key-in-use' });
    expect(all.propose('m1.admin', [adding('x', {}, 'other key')]).refusal).toBeUndefined();
  });

  test('of none is refused', () => {
    expect(reasonOf(removing('v1'))).toEqual({ code: 'unknown-observer', facts: { observer: 'v1' } });
  });
});
