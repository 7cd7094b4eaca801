/** Every key ever registered, whose it is, and since when it is suspected (rule E4). */
import type { webcrypto } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../../shared/codec/hex.ts';
import { possessionSigningBytes } from '../../../shared/codec/key-possession.ts';
import type { PublicKey } from '../../../shared/types/brands.ts';
import type { CborValue } from '../../../shared/types/ledger.ts';
import { contextOf, createChain, keyOf, startTime } from '../test-support.ts';
import { keyFault, readKey, readKeysOf } from './keys.ts';
import { type Consortium, createConsortium, documentOf, keyBytes } from './test-support.ts';

let all: Consortium;
beforeEach(() => {
  all = createConsortium(documentOf(2));
});

const suspect = (sender: string, name: string, since: CborValue = { height: 0 }) =>
  all.act(sender, 'keys.suspect', { key: keyBytes(name), since, reason: 'laptop stolen' });

describe('genesis', () => {
  test.each([
    ['v1 consensus', { kind: 'consensus', owner: 'v1', member: 'm1' }],
    ['v2 node', { kind: 'node', owner: 'v2', member: 'm2' }],
    ['m2.admin', { kind: 'identity', owner: 'm2.admin', member: 'm2' }],
  ])('registers %s', (name, registered) => {
    expect(readKey(all.chain.view, keyOf(name))).toEqual({ key: keyOf(name), since: 0, ...registered });
  });

  test('and no other', () => {
    const keys = [...all.chain.state.keys()].filter((key) => /^keys\/[0-9a-f]{64}$/.test(key));
    expect(keys).toHaveLength(2 * 4 + 2 * 2);
  });
});

test('an owner’s keys of a kind are known in their order, pending and retired ones, too', () => {
  all.act('m1.admin', 'identities.replace-key', {
    identity: 'm1.submitter',
    ...all.newKey('another', 'm1.submitter'),
  });
  expect(readKeysOf(all.chain.view, 'identity', 'm1.submitter')).toEqual([
    expect.objectContaining({ key: keyOf('m1.submitter'), since: 0, until: 1 }),
    expect.objectContaining({ key: keyOf('another'), since: 1 }),
  ]);
  all.act('v1 consensus', 'validator.rotate', all.newKey('v1 next', 'v1', 'consensus'));
  expect(readKeysOf(all.chain.view, 'consensus', 'v1').map(({ key }) => key)).toEqual(
    ['v1 consensus', 'v1 next'].map(keyOf),
  );
  expect(readKeysOf(all.chain.view, 'node', 'v1').map(({ key }) => key)).toEqual([keyOf('v1 node')]);
  expect(readKeysOf(all.chain.view, 'identity', 'nobody')).toEqual([]);
});

describe('keys.suspect', () => {
  test.each<[string, CborValue]>([
    ['a height', { height: 1 }],
    ['a time', { time: startTime - 1 }],
  ])('marks a key since %s, with who said so and why', (_name, since) => {
    all.act('m1.admin', 'assets.define', { asset: 'gold', decimals: 0 });
    expect(suspect('m1.admin', 'm1.submitter', since).refusal).toBeUndefined();
    expect(readKey(all.chain.view, keyOf('m1.submitter'))?.suspected).toEqual({
      since,
      reason: 'laptop stolen',
      by: { identity: 'm1.admin' },
      at: 2,
    });
  });

  test('of every kind and owner of its member; the key goes on signing', () => {
    for (const name of ['v1 consensus', 'v1 node', 'm1.admin'])
      expect(suspect('m1.admin', name).refusal).toBeUndefined();
    expect(all.act('m1.admin', 'assets.define', { asset: 'gold', decimals: 0 }).refusal).toBeUndefined();
  });

  test('said again reaches as far back as it says', () => {
    suspect('m1.admin', 'm1.submitter', { height: 1 });
    suspect('m1.admin', 'm1.submitter', { height: 0 });
    expect(readKey(all.chain.view, keyOf('m1.submitter'))?.suspected).toMatchObject({
      since: { height: 0 },
      at: 2,
    });
  });

  test.each<[string, CborValue]>([
    ['the next block', { height: 2 }],
    ['a later time', { time: startTime + 1 }],
  ])('since %s is refused', (_name, since) => {
    expect(suspect('m1.admin', 'm1.submitter', since).refusal).toEqual({
      code: 'suspicion-in-future',
      facts: { since, height: 1, time: startTime },
    });
  });

  test('by others, and of no key, is refused by name', () => {
    expect(suspect('m1.submitter', 'm1.submitter').refusal).toEqual({
      code: 'role-missing',
      facts: { identity: 'm1.submitter', needed: ['admin'] },
    });
    expect(suspect('m1.admin', 'v2 consensus').refusal).toEqual({
      code: 'not-own-member',
      facts: { member: 'm2', own: 'm1' },
    });
    expect(suspect('m1.admin', 'nobody').refusal).toEqual({
      code: 'unknown-key',
      facts: { key: keyOf('nobody') },
    });
  });

  test('by ballots it is of any member, and names the proposal', () => {
    const args = { key: keyBytes('v1 consensus'), since: { height: 0 }, reason: 'seen elsewhere' };
    all.decide([{ kind: 'keys.suspect', args }], ['m2.admin']);
    expect(readKey(all.chain.view, keyOf('v1 consensus'))?.suspected).toMatchObject({ by: { proposal: 0 } });
  });

  test.each<[string, CborValue]>([
    ['nothing', {}],
    ['both', { height: 0, time: 0 }],
    ['a negative height', { height: -1 }],
    ['a number', 5],
  ])('since %s is malformed', (_name, since) => {
    expect(suspect('m1.admin', 'm1.submitter', since).refusal).toMatchObject({
      code: 'malformed-args',
      facts: { path: 'args.since' },
    });
  });
});

test('possession is verified under the one rule of the network when no native verifier is handed in', async () => {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const claim = {
    key: toHex(raw) as PublicKey,
    kind: 'identity',
    owner: 'm1.bot',
    member: 'm1',
  } as const;
  const context = contextOf('m1.admin', 'm1', ['admin']);
  const content = possessionSigningBytes(context.network, claim);
  const signature = new Uint8Array(
    await crypto.subtle.sign('Ed25519', pair.privateKey, new Uint8Array(content)),
  );
  const { view } = createChain();
  expect(keyFault(view, context, claim, signature)).toBeUndefined();
  signature[0]! ^= 1;
  expect(keyFault(view, context, claim, signature)).toMatchObject({ code: 'possession-invalid' });
});
