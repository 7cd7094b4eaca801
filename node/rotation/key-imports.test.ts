/** When a node takes no key that was made elsewhere, who has to sign for it, and what a disk that fails leaves of it. */
import { expect, it } from 'vitest';
import {
  encodeHandOver,
  type HandOver,
  handOverSigningBytes,
  sealKey,
} from '../../shared/client/key-import.ts';
import { fromHex } from '../../shared/codec/hex.ts';
import {
  heightOf,
  type IdentityId,
  type NetworkId,
  type PublicKey,
  type ValidatorId,
} from '../../shared/types/brands.ts';
import {
  createPrivateSeed,
  encodePrivateKeyPem,
  KeyFileError,
  type PrivateKey,
  privateKeyOf,
} from '../crypto/key-files.ts';
import { keyPairOf, signWithSodium } from '../crypto/sodium.ts';
import {
  consortiumDocument,
  createConsortium,
  possessionOf,
  signatureOf,
} from '../ledger/epoch-test-support.ts';
import { genesisIdentity, keyOf } from '../ledger/test-support.ts';
import { createKeyImports } from './key-imports.ts';
import type { HeldKey } from './key-standing.ts';
import type { RotatingKeys } from './rotating-keys.ts';

const nowMs = 1_700_000_000_000;

const madeKey = (): PrivateKey => privateKeyOf(createPrivateSeed());
/** Of m2.admin, whose member has v2. */
const admin = madeKey();
const adminId = 'm2.admin' as IdentityId;
/** Of another member. */
const stranger = madeKey();

function setUp(self = 'v2') {
  const document = consortiumDocument(4);
  const keyOfId: Record<string, PublicKey> = { [adminId]: admin.publicKey, 'm3.admin': stranger.publicKey };
  const ledger = createConsortium({
    ...document,
    identities: [
      ...document.identities.map((one) => ({ ...one, key: keyOfId[one.id] ?? one.key })),
      // Its member has another admin, so that it may lose the role.
      genesisIdentity('m2.second', 'm2', ['admin']),
    ],
  });
  ledger.block();
  const held: HeldKey[] = [
    { publicKey: keyOf(`${self} consensus`), kind: 'consensus' },
    { publicKey: keyOf(`${self} node`), kind: 'node' },
  ];
  const disk = { fails: false, given: [] as Uint8Array[] };
  const keys: RotatingKeys = {
    held: () => held,
    create: () => Promise.reject(new Error('no key is made here')),
    takes: () => true,
    hold: async (kind, seed) => {
      disk.given.push(seed);
      if (disk.fails) throw new KeyFileError('key-file-exists', '/keys/v2.consensus.age');
      const { publicKey } = privateKeyOf(seed);
      held.push({ publicKey, kind });
      return publicKey;
    },
    prove: (key, bytes) =>
      held.some(({ publicKey }) => publicKey === key) ? signatureOf(key, bytes) : undefined,
    isErasable: () => false,
    erase: () => Promise.reject(new Error('no key is erased here')),
  };
  let changes = 0;
  const imports = createKeyImports({
    network: ledger.genesis.network,
    facts: () => ({
      self: self as ValidatorId,
      state: ledger.view,
      certifiedHeight: heightOf(ledger.height()),
      time: nowMs,
    }),
    keys,
    changed: () => {
      changes += 1;
    },
    wallMs: () => nowMs,
  });
  const { network } = ledger.genesis;
  /** To this recipient, with a signature over it unless another one is given. */
  const take = async (
    key: PrivateKey,
    recipient: string,
    { session = 'session', identity = adminId, signature }: Partial<Parameters<typeof imports.take>[0]> = {},
  ) =>
    imports.take({
      session,
      identity,
      recipient,
      sealed: await sealKey(encodePrivateKeyPem(key.seed), recipient),
      signature: signature ?? signatureBy(admin, network, saidOf(recipient, key)),
    });
  const handOver = async (key: PrivateKey) => {
    const { recipient } = await imports.recipient('session', 'consensus');
    return take(key, recipient);
  };
  return { ledger, network, imports, disk, held, take, handOver, changes: () => changes };
}

const saidOf = (recipient: string, { publicKey }: PrivateKey): HandOver => ({
  validator: 'v2',
  kind: 'consensus',
  recipient,
  key: publicKey,
});
const signatureBy = ({ seed }: PrivateKey, network: NetworkId, said: HandOver): Uint8Array =>
  signWithSodium(keyPairOf(seed).secretKey, handOverSigningBytes(network, encodeHandOver(said)));

it('offers no recipient while a key is on its way, nor after its node left the epoch', async () => {
  const own = setUp();
  own.ledger.block([own.ledger.rotate('v2', 'v2 consensus', 'v2 second')]);
  own.held.push({ publicKey: keyOf('v2 second'), kind: 'consensus' });
  await expect(own.imports.recipient('session', 'consensus')).rejects.toMatchObject({
    code: 'rotation-under-way',
    facts: { key: keyOf('v2 second'), stage: 'approved' },
  });
  // A node key is another matter.
  expect((await own.imports.recipient('session', 'node')).kind).toBe('node');
  const others = setUp();
  others.ledger.block([others.ledger.rotate('v1', 'v1 consensus', 'v1 second')]);
  await expect(others.imports.recipient('session', 'consensus')).rejects.toMatchObject({
    code: 'activation-pending',
  });
  await expect(setUp('v9').imports.recipient('session', 'consensus')).rejects.toMatchObject({
    code: 'not-a-validator',
  });
});

it('takes none when a change began after the recipient was given', async () => {
  const { ledger, imports, held, take } = setUp();
  const { recipient } = await imports.recipient('session', 'consensus');
  ledger.block([ledger.rotate('v1', 'v1 consensus', 'v1 second')]);
  await expect(take(madeKey(), recipient)).rejects.toMatchObject({ code: 'activation-pending' });
  expect(held).toHaveLength(2);
});

it('says where the key stands once it is held, and overwrites in memory what could not be written', async () => {
  const { handOver, disk, changes } = setUp();
  const key = madeKey();
  disk.fails = true;
  await expect(handOver(key)).rejects.toMatchObject({
    code: 'key-not-written',
    facts: { kind: 'consensus', cause: 'key-file-exists' },
  });
  expect([disk.given.at(-1), changes()]).toEqual([new Uint8Array(32), 0]);
  disk.fails = false;
  expect(await handOver(key)).toMatchObject({
    key: key.publicKey,
    kind: 'consensus',
    owner: 'v2',
    member: 'm2',
  });
  expect([disk.given.at(-1), changes()]).toEqual([key.seed, 1]);
});

it('holds a key once that comes twice at the same time', async () => {
  const { imports, held, take } = setUp();
  const key = madeKey();
  const takeBy = async (session: string) => {
    const { recipient } = await imports.recipient(session, 'consensus');
    return take(key, recipient, { session });
  };
  const [one, other] = await Promise.allSettled([takeBy('one'), takeBy('other')]);
  expect([one.status, other.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(held).toHaveLength(3);
});

type SetUp = ReturnType<typeof setUp>;
/** A signature that is not this hand-over's. */
type Wrong = (own: SetUp, recipient: string, key: PrivateKey) => Uint8Array | Promise<Uint8Array>;

it.each<[string, Wrong]>([
  ['not signed', () => new Uint8Array(0)],
  ['signed with nothing', () => new Uint8Array(64)],
  ['signed by another admin', ({ network }, to, key) => signatureBy(stranger, network, saidOf(to, key))],
  [
    'signed by the key that is handed over',
    ({ network }, to, key) => signatureBy(key, network, saidOf(to, key)),
  ],
  [
    'signed for another validator',
    ({ network }, to, key) => signatureBy(admin, network, { ...saidOf(to, key), validator: 'v1' }),
  ],
  [
    'signed for another kind',
    ({ network }, to, key) => signatureBy(admin, network, { ...saidOf(to, key), kind: 'node' }),
  ],
  ['signed for another key', ({ network }, to) => signatureBy(admin, network, saidOf(to, madeKey()))],
  [
    'signed for another network',
    (_own, to, key) => signatureBy(admin, 'aa'.repeat(32) as NetworkId, saidOf(to, key)),
  ],
  [
    'signed for the recipient of another session',
    async ({ network, imports }, _to, key) =>
      signatureBy(admin, network, saidOf((await imports.recipient('other', 'consensus')).recipient, key)),
  ],
])('a key is not held that is %s', async (_what, wrong) => {
  const own = setUp();
  const key = madeKey();
  const { recipient } = await own.imports.recipient('session', 'consensus');
  const signature = await wrong(own, recipient, key);
  await expect(own.take(key, recipient, { signature })).rejects.toMatchObject({
    code: 'hand-over-unsigned',
    facts: { identity: adminId, key: admin.publicKey },
  });
  expect([own.held.length, own.disk.given, own.changes()]).toEqual([2, [], 0]);
});

it('takes a signature once: with a new recipient it is no signature', async () => {
  const { imports, network, held, take, disk, ledger } = setUp();
  const key = madeKey();
  const { recipient } = await imports.recipient('session', 'consensus');
  const signature = signatureBy(admin, network, saidOf(recipient, key));
  // It came to nothing, and whoever read along has the signature.
  disk.fails = true;
  await expect(take(key, recipient, { signature })).rejects.toMatchObject({ code: 'key-not-written' });
  disk.fails = false;
  await expect(take(key, recipient, { signature })).rejects.toMatchObject({ code: 'recipient-not-offered' });
  const { recipient: next } = await imports.recipient('session', 'consensus');
  await expect(take(key, next, { signature })).rejects.toMatchObject({ code: 'hand-over-unsigned' });
  expect([held.length, ledger.height()]).toEqual([2, 1]);
});

it('takes the key of the admin as state has it then: not the replaced, nor a suspected one', async () => {
  const { ledger, network, imports, held, take } = setUp();
  const next = madeKey();
  const key = madeKey();
  const replacement = {
    identity: adminId,
    key: fromHex(next.publicKey),
    possession: possessionOf(network, {
      key: next.publicKey,
      kind: 'identity',
      owner: adminId,
      member: 'm2',
    }),
  };
  const { recipient } = await imports.recipient('session', 'consensus');
  ledger.block([ledger.decide([{ kind: 'identities.replace-key', args: replacement }])]);
  await expect(take(key, recipient)).rejects.toMatchObject({
    code: 'hand-over-unsigned',
    facts: { key: next.publicKey },
  });
  const { recipient: second } = await imports.recipient('session', 'consensus');
  const signature = signatureBy(next, network, saidOf(second, key));
  const suspicion = { key: fromHex(next.publicKey), since: { height: 1 }, reason: 'laptop stolen' };
  ledger.block([ledger.decide([{ kind: 'keys.suspect', args: suspicion }])]);
  await expect(take(key, second, { signature })).rejects.toMatchObject({
    code: 'admin-key-suspected',
    facts: { identity: adminId, key: next.publicKey },
  });
  expect(held).toHaveLength(2);
});

it('takes it from an admin of the own member alone, as state has them then', async () => {
  const { ledger, network, imports, held, take } = setUp();
  const key = madeKey();
  const { recipient } = await imports.recipient('session', 'consensus');
  const signature = signatureBy(stranger, network, saidOf(recipient, key));
  const identity = 'm3.admin' as IdentityId;
  await expect(take(key, recipient, { identity, signature })).rejects.toMatchObject({
    code: 'not-own-admin',
    facts: { identity, member: 'm2' },
  });
  const { recipient: second } = await imports.recipient('session', 'consensus');
  const args = { identity: adminId, role: 'admin' };
  ledger.block([ledger.decide([{ kind: 'identities.revoke-role', args }])]);
  await expect(take(key, second)).rejects.toMatchObject({ code: 'not-own-admin' });
  expect(held).toHaveLength(2);
});
