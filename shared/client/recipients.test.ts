import { describe, expect, test } from 'vitest';
import { encode } from '../codec/dag-cbor.ts';
import type { CborValue } from '../types/ledger.ts';
import { ClientError } from './client-error.ts';
import type { ProveState } from './proven-state.ts';
import { recipientsOf } from './recipients.ts';

const keyBytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const hex = (fill: number): string => fill.toString(16).padStart(2, '0').repeat(32);
const identity = (member: string, key?: number, status = 'active'): CborValue => ({
  id: 'as the key says',
  member,
  key: keyBytes(1),
  roles: ['submitter'],
  status,
  ...(key === undefined ? {} : { encryptionKey: keyBytes(key) }),
});
/** State as execution leaves it, as far as recipients are concerned. */
const state: { readonly [key: string]: CborValue } = {
  'network/members/north': { id: 'north', name: 'North', status: 'active' },
  'network/members/south': { id: 'south', name: 'South', status: 'suspended' },
  'network/members/bare': { id: 'bare', name: 'Bare', status: 'active' },
  'identities/by-id/north.a': identity('north', 7),
  'identities/by-id/north.b': identity('north', 8),
  'identities/by-id/north.gone': identity('north', 9, 'revoked'),
  'identities/by-id/north.none': identity('north'),
  'identities/by-id/south.a': identity('south', 10),
  'identities/by-id/bare.a': identity('bare'),
  'identities/of/north': 4,
  'identities/of/north/0': 'north.b',
  'identities/of/north/1': 'north.gone',
  'identities/of/north/2': 'north.none',
  'identities/of/north/3': 'north.a',
  'identities/of/bare': 1,
  'identities/of/bare/0': 'bare.a',
};

interface World {
  readonly prove: ProveState;
  readonly asked: string[];
}
function world(changes: { readonly [key: string]: CborValue } = {}): World {
  const asked: string[] = [];
  const prove: ProveState = async (key) => {
    asked.push(key);
    const value = { ...state, ...changes }[key];
    const height = 10 + asked.length;
    return { value: value === undefined ? undefined : encode(value), height, time: height * 1_000 };
  };
  return { prove, asked };
}

async function refusalOf(names: readonly string[], changes = {}): Promise<ClientError> {
  const error: unknown = await recipientsOf(names, world(changes).prove).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ClientError) return error;
  throw new Error('a ClientError was expected', { cause: error });
}

describe('recipients', () => {
  test('are identities with their proven keys, each once and sorted, as of the oldest proof', async () => {
    const { prove, asked } = world();
    expect(await recipientsOf(['north.b', 'north.a', 'north.b'], prove)).toEqual({
      recipients: [
        { identity: 'north.a', encryptionKey: hex(7) },
        { identity: 'north.b', encryptionKey: hex(8) },
      ],
      asOf: { height: 11, time: 11_000 },
    });
    expect(asked).toEqual(['identities/by-id/north.b', 'network/members/north', 'identities/by-id/north.a']);
  });

  test('of a member are its active identities that have a key, as state lists them', async () => {
    const { recipients } = await recipientsOf(['member:north', 'north.a'], world().prove);
    expect(recipients.map((one) => one.identity)).toEqual(['north.a', 'north.b']);
  });

  test.each([
    ['nobody', [], 'recipients-missing'],
    ['an identity that is not there', ['north.who'], 'recipient-unknown'],
    ['what is no id', ['North A'], 'recipient-unknown'],
    ['a member that is not there', ['member:west'], 'recipient-unknown'],
    ['a revoked identity', ['north.gone'], 'recipient-not-active'],
    ['an identity of a suspended member', ['south.a'], 'recipient-not-active'],
    ['a suspended member', ['member:south'], 'recipient-not-active'],
    ['an identity without a key', ['north.a', 'north.none'], 'recipient-without-key'],
    ['a member without keys', ['member:bare'], 'recipient-without-key'],
  ])('%s: refused by name', async (_, names, code) => {
    expect((await refusalOf(names)).code).toBe(code);
  });

  test('are not more than a payload may have', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 65 }, (_, at) => [`identities/by-id/north.x${at}`, identity('north', 20)]),
    );
    const names = Object.keys(many).map((key) => key.slice('identities/by-id/'.length));
    expect(await refusalOf(names, many)).toMatchObject({
      code: 'too-many-recipients',
      facts: { recipients: 65, max: 64 },
    });
    expect((await refusalOf(['member:north'], { 'identities/of/north': 257 })).code).toBe(
      'too-many-recipients',
    );
  });

  test('in a record of another form are an error, and no guess', async () => {
    for (const record of [
      'text',
      { member: 'north' },
      { member: 'north', status: 'active', encryptionKey: 'k' },
    ])
      expect((await refusalOf(['north.a'], { 'identities/by-id/north.a': record })).code).toBe(
        'invalid-answer',
      );
  });
});
