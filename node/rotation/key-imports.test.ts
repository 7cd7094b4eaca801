/** When a node takes no key that was made elsewhere, and what a disk that fails leaves of it. */
import { expect, it } from 'vitest';
import { sealKey } from '../../shared/client/key-import.ts';
import { heightOf, type ValidatorId } from '../../shared/types/brands.ts';
import {
  createPrivateSeed,
  encodePrivateKeyPem,
  KeyFileError,
  type PrivateKey,
  privateKeyOf,
} from '../crypto/key-files.ts';
import { consortiumDocument, createConsortium, signatureOf } from '../ledger/epoch-test-support.ts';
import { keyOf } from '../ledger/test-support.ts';
import { createKeyImports } from './key-imports.ts';
import type { HeldKey } from './key-standing.ts';
import type { RotatingKeys } from './rotating-keys.ts';

const nowMs = 1_700_000_000_000;

function setUp(self = 'v2') {
  const ledger = createConsortium(consortiumDocument(4));
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
  const handOver = async ({ seed }: PrivateKey) => {
    const { recipient } = await imports.recipient('session', 'consensus');
    return imports.take('session', recipient, await sealKey(encodePrivateKeyPem(seed), recipient));
  };
  return { ledger, imports, disk, held, handOver, changes: () => changes };
}

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
  const { ledger, imports, held } = setUp();
  const { recipient } = await imports.recipient('session', 'consensus');
  ledger.block([ledger.rotate('v1', 'v1 consensus', 'v1 second')]);
  const sealed = await sealKey(encodePrivateKeyPem(createPrivateSeed()), recipient);
  await expect(imports.take('session', recipient, sealed)).rejects.toMatchObject({
    code: 'activation-pending',
  });
  expect(held).toHaveLength(2);
});

it('says where the key stands once it is held, and overwrites in memory what could not be written', async () => {
  const { handOver, disk, changes } = setUp();
  const key = privateKeyOf(createPrivateSeed());
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
  const { imports, held } = setUp();
  const pem = encodePrivateKeyPem(createPrivateSeed());
  const take = async (session: string) => {
    const { recipient } = await imports.recipient(session, 'consensus');
    return imports.take(session, recipient, await sealKey(pem, recipient));
  };
  const [one, other] = await Promise.allSettled([take('one'), take('other')]);
  expect([one.status, other.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(held).toHaveLength(3);
});
