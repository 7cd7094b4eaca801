import { linkSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PublicKey } from '../../shared/types/brands.ts';
import { createKeyFile, createPrivateSeed, privateKeyOf, readKeyFile } from './key-files.ts';
import { erasureOf, type Keyring, openKeyring } from './keyring.ts';

const passphrase = 'correct horse';
const quick = { workFactor: 10 };
let folder: string;
let configured: string;
let first: PublicKey;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-keyring-'));
  configured = join(folder, 'alpha.consensus.age');
  first = (await createKeyFile(configured, passphrase, quick)).publicKey;
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<Keyring> => openKeyring({ files: { consensus: configured }, passphrase, ...quick });
const besideOf = (key: PublicKey): string => join(folder, `alpha.consensus.${key.slice(0, 16)}.age`);
const names = (): string[] => readdirSync(folder).sort();

describe('a keyring', () => {
  it('makes keys beside the configured one, encrypted alike, and finds all of them again', async () => {
    const keyring = await open();
    const second = await keyring.create('consensus');
    const file = besideOf(second);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await readKeyFile(file, passphrase)).publicKey).toBe(second);
    for (const ring of [keyring, await open()]) {
      expect(ring.keys()).toEqual([
        { publicKey: first, kind: 'consensus', file: configured, configured: true },
        { publicKey: second, kind: 'consensus', file, configured: false },
      ]);
      expect(ring.seedOf(second)).toEqual((await readKeyFile(file, passphrase)).seed);
    }
  });

  it('holds a key that was made elsewhere as if it had made it', async () => {
    const keyring = await open();
    const { publicKey, seed } = privateKeyOf(createPrivateSeed());
    expect(await keyring.hold('consensus', seed)).toBe(publicKey);
    const file = besideOf(publicKey);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readKeyFile(file, passphrase)).toEqual({ publicKey, seed });
    expect((await open()).keys()[1]).toEqual({ publicKey, kind: 'consensus', file, configured: false });
    await expect(keyring.hold('consensus', seed)).rejects.toMatchObject({ code: 'key-file-exists' });
  });

  it('opens nothing else that lies there', async () => {
    await createKeyFile(join(folder, 'alpha.node.age'), passphrase, quick);
    await createKeyFile(join(folder, 'alpha.consensus.old.age'), passphrase, quick);
    expect((await open()).keys()).toHaveLength(1);
  });

  it('refuses by name: no configured file, another passphrase, a key under another name', async () => {
    const second = await (await open()).create('consensus');
    renameSync(besideOf(second), join(folder, `alpha.consensus.${'0'.repeat(16)}.age`));
    await expect(open()).rejects.toMatchObject({ code: 'key-file-damaged' });
    await expect(
      openKeyring({ files: { consensus: configured }, passphrase: 'other' }),
    ).rejects.toMatchObject({ code: 'key-file-wrong-passphrase' });
    await expect(
      openKeyring({ files: { node: join(folder, 'none.age') }, passphrase }),
    ).rejects.toMatchObject({ code: 'key-file-missing' });
    await expect((await openKeyring({ files: {}, passphrase })).create('node')).rejects.toMatchObject({
      code: 'key-not-here',
    });
  });
});

describe('an erase', () => {
  it('of the configured key gives its name to the successor, and leaves no trace of it', async () => {
    const keyring = await open();
    const seed = keyring.seedOf(first)!;
    const second = await keyring.create('consensus');
    await keyring.erase(first);
    expect(names()).toEqual(['alpha.consensus.age']);
    expect((await readKeyFile(configured, passphrase)).publicKey).toBe(second);
    expect(seed.every((byte) => byte === 0)).toBe(true);
    for (const ring of [keyring, await open()])
      expect(ring.keys()).toEqual([
        { publicKey: second, kind: 'consensus', file: configured, configured: true },
      ]);
    expect(keyring.seedOf(first)).toBeUndefined();
  });

  it('of another one leaves the configured one as it is', async () => {
    const keyring = await open();
    await keyring.erase(await keyring.create('consensus'));
    expect(names()).toEqual(['alpha.consensus.age']);
    expect((await open()).keys()).toMatchObject([{ publicKey: first }]);
  });

  it('never leaves a kind without a key, nor guesses which one follows', async () => {
    const keyring = await open();
    await expect(keyring.erase(first)).rejects.toMatchObject({ code: 'key-without-successor' });
    const second = await keyring.create('consensus');
    await keyring.create('consensus');
    await expect(keyring.erase(first)).rejects.toMatchObject({ code: 'key-without-successor' });
    await expect(keyring.erase('00'.repeat(32) as PublicKey)).rejects.toMatchObject({ code: 'key-not-here' });
    await keyring.erase(first, second);
    expect((await readKeyFile(configured, passphrase)).publicKey).toBe(second);
    expect((await open()).keys()).toHaveLength(2);
  });

  it('overwrites the bytes before the name goes', async () => {
    const other = await (await open()).create('consensus');
    const held = join(folder, 'a-second-name');
    const before = readFileSync(besideOf(other));
    linkSync(besideOf(other), held);
    await (await open()).erase(other);
    const after = readFileSync(held);
    expect([after.length, after.equals(before)]).toEqual([before.length, false]);
  });

  it.each([
    ['the configured key', true],
    ['another key', false],
  ])(
    'of %s that stops after any of its steps is as good as not begun, or finished at the next start',
    async (_, ofConfigured) => {
      const steps = ofConfigured ? 6 : 5;
      for (let done = 0; done <= steps; done += 1) {
        rmSync(folder, { recursive: true });
        folder = mkdtempSync(join(tmpdir(), 'concordat-keyring-'));
        configured = join(folder, 'alpha.consensus.age');
        first = (await createKeyFile(configured, passphrase, quick)).publicKey;
        const second = await (await open()).create('consensus');
        const [doomed, kept] = ofConfigured ? [first, second] : [second, first];
        const erasure = erasureOf(
          ofConfigured ? configured : besideOf(doomed),
          ofConfigured ? besideOf(kept) : undefined,
        );
        expect(erasure).toHaveLength(steps);
        for (const step of erasure.slice(0, done)) await step();
        const keys = (await open()).keys();
        const isBegun = done >= (ofConfigured ? 2 : 1);
        expect(
          keys.map(({ publicKey }) => publicKey),
          `after ${done} steps`,
        ).toEqual(isBegun ? [kept] : [first, second]);
        expect(keys[0]).toMatchObject({ configured: true });
        expect(names(), `after ${done} steps`).toHaveLength(isBegun ? 1 : 2);
      }
    },
  );
});
