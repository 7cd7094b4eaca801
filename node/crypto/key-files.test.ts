import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armor, Decrypter } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../shared/codec/hex.ts';
import { publicKeyOf, signNoble, verifyNoble } from '../../shared/crypto/ed25519.ts';
import { epochOf, type PublicKey } from '../../shared/types/brands.ts';
import { createNodeCertificate } from './certificate.ts';
import {
  createKeyFile,
  createPrivateSeed,
  decodePrivateKeyPem,
  encodePrivateKeyPem,
  readKeyFile,
  writeKeyFile,
} from './key-files.ts';
import { createInProcessSigner } from './signer-in-process.ts';

const quick = { workFactor: 10 };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a key file', () => {
  it('gives back the key that was made, is private and leaves nothing beside it', async () => {
    const file = join(folder, 'alpha.age');
    const made = await createKeyFile(file, 'correct horse', quick);
    expect(await readKeyFile(file, 'correct horse')).toEqual(made);
    expect(made.publicKey).toBe(toHex(publicKeyOf(made.seed)));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['alpha.age']);
  });

  it('is armoured age around PKCS#8 PEM', async () => {
    const file = join(folder, 'alpha.age');
    const { seed } = await createKeyFile(file, 'x', quick);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    const decrypter = new Decrypter();
    decrypter.addPassphrase('x');
    expect(await decrypter.decrypt(armor.decode(text), 'text')).toBe(encodePrivateKeyPem(seed));
  });

  it('costs whoever guesses at its passphrase as much as age asks for, unless less is said', async () => {
    const costOf = (file: string): string | undefined =>
      /^-> scrypt \S+ (\d+)$/m.exec(
        Buffer.from(armor.decode(readFileSync(file, 'utf8'))).toString('latin1'),
      )?.[1];
    const [usual, cheap] = [join(folder, 'usual.age'), join(folder, 'cheap.age')];
    await createKeyFile(usual, 'x');
    await createKeyFile(cheap, 'x', quick);
    expect([costOf(usual), costOf(cheap)]).toEqual(['18', '10']);
  });

  it('is never overwritten', async () => {
    const file = join(folder, 'alpha.age');
    const first = await createKeyFile(file, 'x', quick);
    await expect(createKeyFile(file, 'x', quick)).rejects.toMatchObject({ code: 'key-file-exists' });
    expect(await readKeyFile(file, 'x')).toEqual(first);
  });

  it('that is absent, damaged, of another kind, or opened with a wrong passphrase is refused by name', async () => {
    const file = join(folder, 'alpha.age');
    await expect(readKeyFile(file, 'x')).rejects.toMatchObject({ code: 'key-file-missing', facts: { file } });
    await createKeyFile(file, 'x', quick);
    await expect(readKeyFile(file, 'y')).rejects.toMatchObject({ code: 'key-file-wrong-passphrase' });
    const text = readFileSync(file, 'utf8');
    const middle = Math.floor(text.length * 0.7);
    const flipped = text[middle] === 'A' ? 'B' : 'A';
    writeFileSync(file, text.slice(0, middle) + flipped + text.slice(middle + 1));
    await expect(readKeyFile(file, 'x')).rejects.toMatchObject({ code: 'key-file-damaged' });
    writeFileSync(file, 'not age at all');
    await expect(readKeyFile(file, 'x')).rejects.toMatchObject({ code: 'key-file-damaged' });
    const short = join(folder, 'short.age');
    await expect(writeKeyFile(short, new Uint8Array(5), 'x', quick)).resolves.toBeUndefined();
    await expect(readKeyFile(short, 'x')).rejects.toMatchObject({ code: 'key-file-not-ed25519' });
  });

  it("holds what OpenSSL reads, and OpenSSL's keys are read", () => {
    const seed = createPrivateSeed();
    const spki = createPublicKey(encodePrivateKeyPem(seed)).export({ type: 'spki', format: 'der' });
    expect(toHex(spki.subarray(-32))).toBe(toHex(publicKeyOf(seed)));
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    expect(
      decodePrivateKeyPem(generateKeyPairSync('ed25519').privateKey.export(pem).toString()),
    ).toHaveLength(32);
    expect(
      decodePrivateKeyPem(generateKeyPairSync('x25519').privateKey.export(pem).toString()),
    ).toBeUndefined();
  });
});

describe('a node certificate', () => {
  it('is self-signed with the node key and valid for any date', async () => {
    const seed = createPrivateSeed();
    const { certificatePem, keyPem } = await createNodeCertificate(seed, 'alpha');
    const certificate = new X509Certificate(certificatePem);
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    expect(toHex(spki.subarray(-32))).toBe(toHex(publicKeyOf(seed)));
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe('CN=alpha');
    expect(decodePrivateKeyPem(keyPem)).toEqual(seed);
  });
});

describe('the in-process signer', () => {
  it('signs in order, like the portable implementation, after the call returned', async () => {
    const seed = createPrivateSeed();
    const key = toHex(publicKeyOf(seed)) as PublicKey;
    const other = createPrivateSeed();
    const signer = createInProcessSigner(other, seed);
    expect(signer.keys()).toEqual([toHex(publicKeyOf(other)), key]);
    const messages = ['00', 'ff01', ''].map(fromHex);
    let returned = false;
    const signatures = await new Promise<readonly (Uint8Array | undefined)[]>((resolve) => {
      const requests = messages.map((bytes) => ({ epoch: epochOf(0), key, bytes }));
      signer.sign(requests, (answer) => {
        expect(returned).toBe(true);
        resolve(answer);
      });
      returned = true;
    });
    expect(signatures.map((one) => toHex(one!))).toEqual(
      messages.map((message) => toHex(signNoble(seed, message))),
    );
    expect(verifyNoble(publicKeyOf(seed), messages[1]!, signatures[1]!)).toBe(true);
  });

  it('signs with no key but those that it holds', () => {
    const signer = createInProcessSigner(createPrivateSeed());
    const key = toHex(publicKeyOf(createPrivateSeed())) as PublicKey;
    const request = { epoch: epochOf(0), key, bytes: new Uint8Array(1) };
    expect(() => signer.sign([request], () => {})).toThrow(`Asked to sign with ${key}`);
  });
});
