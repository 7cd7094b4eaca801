import { describe, expect, test } from 'vitest';
import type { KeysImportJson, KeysRecipientJson } from '../api.ts';
import { encode } from '../codec/dag-cbor.ts';
import { fromHex, toBase64Url, toHex } from '../codec/hex.ts';
import { possessionSigningBytes } from '../codec/key-possession.ts';
import { publicKeyOf, signNoble } from '../crypto/ed25519.ts';
import type { NetworkId, PublicKey } from '../types/brands.ts';
import type { CborValue } from '../types/ledger.ts';
import { ageRecipientOf, createDecryptionKey } from './encryption-keys.ts';
import {
  type ExpectedNode,
  encodeHandOver,
  handOverSigningBytes,
  openSealedKey,
  recipientSigningBytes,
  requirePossession,
  requireRecipientOf,
  sealKey,
} from './key-import.ts';
import type { ProveState } from './proven-state.ts';

const network = 'aa'.repeat(32) as NetworkId;
const seedOf = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const keyOf = (fill: number): PublicKey => toHex(publicKeyOf(seedOf(fill))) as PublicKey;
const [alphaNode, betaNode, admin, stranger] = [1, 2, 3, 4];
const validator = (member: string, node: number): CborValue => ({ member, nodeKey: fromHex(keyOf(node)) });
/** State as execution leaves it, as far as it matters here. */
const state: { readonly [key: string]: CborValue } = {
  'network/validators/alpha': validator('alpha', alphaNode),
  'network/validators/beta': validator('beta', betaNode),
  [`identities/by-key/${keyOf(admin)}`]: 'alpha.admin',
  'identities/by-id/alpha.admin': { member: 'alpha' },
};
const prove: ProveState = async (key) => {
  const value = state[key];
  return { value: value === undefined ? undefined : encode(value), height: 1, time: 1 };
};

async function offeredBy(name: string, node: number): Promise<KeysRecipientJson> {
  const { publicKey } = await createDecryptionKey();
  const recipient = ageRecipientOf(publicKey);
  const said = { validator: name, kind: 'consensus', recipient, expiresAt: 5_000 } as const;
  return { ...said, signature: toBase64Url(signNoble(seedOf(node), recipientSigningBytes(network, said))) };
}
const check = (offered: KeysRecipientJson, whose: ExpectedNode['whose']): Promise<void> =>
  requireRecipientOf(offered, { network, prove, whose });

describe('the recipient', () => {
  test('is that of the node whose key the state proves', async () => {
    const offered = await offeredBy('alpha', alphaNode);
    await check(offered, { validator: 'alpha' });
    await check(offered, { admin: keyOf(admin) });
  });

  test('is refused from another node, of another member, and for whoever signed with another key', async () => {
    const unproven = { code: 'recipient-unproven' };
    const ofBeta = await offeredBy('beta', betaNode);
    await expect(check(ofBeta, { validator: 'alpha' })).rejects.toMatchObject(unproven);
    await expect(check(ofBeta, { admin: keyOf(admin) })).rejects.toMatchObject(unproven);
    const forged = await offeredBy('alpha', betaNode);
    await expect(check(forged, { validator: 'alpha' })).rejects.toMatchObject(unproven);
    const ofNobody = await offeredBy('gamma', alphaNode);
    await expect(check(ofNobody, { validator: 'gamma' })).rejects.toMatchObject(unproven);
    const ofAlpha = await offeredBy('alpha', alphaNode);
    await expect(check(ofAlpha, { admin: keyOf(stranger) })).rejects.toMatchObject(unproven);
  });

  test('is refused when one of its members was changed on its way', async () => {
    const offered = await offeredBy('alpha', alphaNode);
    const { publicKey } = await createDecryptionKey();
    for (const changed of [
      { recipient: ageRecipientOf(publicKey) },
      { kind: 'node' as const },
      { expiresAt: 6_000 },
      { signature: 'AAAA' },
      { signature: 'A' },
    ])
      await expect(check({ ...offered, ...changed }, { validator: 'alpha' })).rejects.toMatchObject({
        code: 'recipient-unproven',
      });
  });
});

test('what is sealed opens for its recipient alone', async () => {
  const [one, other] = [await createDecryptionKey(), await createDecryptionKey()];
  const sealed = await sealKey('a secret', ageRecipientOf(one.publicKey));
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('a secret');
  expect(await openSealedKey(sealed, one.secret)).toBe('a secret');
  expect(await openSealedKey(sealed, other.secret)).toBeUndefined();
  expect(await openSealedKey(sealed.slice(0, -1), one.secret)).toBeUndefined();
  expect(await openSealedKey(new Uint8Array(3), one.secret)).toBeUndefined();
});

test('what an admin signs names the network, the validator, the kind, the recipient and the key', async () => {
  const [one, other] = [await createDecryptionKey(), await createDecryptionKey()];
  const said = {
    validator: 'alpha',
    kind: 'consensus',
    recipient: ageRecipientOf(one.publicKey),
    key: keyOf(9),
  } as const;
  const signed = (change: object, at = network) =>
    toHex(handOverSigningBytes(at, encodeHandOver({ ...said, ...change })));
  const prefix = Buffer.from('concordat/key-hand-over/v1\0').toString('hex');
  expect(signed({})).toBe(`${prefix}${network}${toHex(encode({ ...said, key: fromHex(keyOf(9)) }))}`);
  const different = [
    signed({}),
    signed({ validator: 'beta' }),
    signed({ kind: 'node' }),
    signed({ recipient: ageRecipientOf(other.publicKey) }),
    signed({ key: keyOf(8) }),
    signed({}, 'bb'.repeat(32) as NetworkId),
  ];
  expect(new Set(different).size).toBe(different.length);
});

test('the node proves the very key that was handed over', () => {
  const claim = { key: keyOf(9), kind: 'consensus', owner: 'alpha', member: 'alpha' } as const;
  const possession = toBase64Url(signNoble(seedOf(9), possessionSigningBytes(network, claim)));
  const imported: KeysImportJson = { ...claim, possession };
  requirePossession(imported, keyOf(9), network);
  for (const wrong of [{ key: keyOf(8) }, { owner: 'beta' }, { possession: 'AAAA' }])
    expect(() => requirePossession({ ...imported, ...wrong }, keyOf(9), network)).toThrow(
      'does not prove that it holds',
    );
  expect(() => requirePossession(imported, keyOf(8), network)).toThrow('does not prove');
});
