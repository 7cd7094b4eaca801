import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armor, Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ageRecipientOf } from '../../shared/client/encryption-keys.ts';
import { createEncryptionKeyFile, readEncryptionKeyFile } from './encryption-key-files.ts';
import { createKeyFile, readKeyFile, writeSecretFile } from './key-files.ts';

const quick = { workFactor: 10 };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'concordat-encryption-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file with an encryption key', () => {
  it('gives back the key that was made, is private, and is never overwritten', async () => {
    const file = join(folder, 'alpha.age');
    const made = await createEncryptionKeyFile(file, 'correct horse', quick);
    expect(await readEncryptionKeyFile(file, 'correct horse')).toEqual(made);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(createEncryptionKeyFile(file, 'x', quick)).rejects.toMatchObject({
      code: 'key-file-exists',
    });
    expect(await readEncryptionKeyFile(file, 'correct horse')).toEqual(made);
  });

  it('is armoured age around an identity file that age takes', async () => {
    const file = join(folder, 'alpha.age');
    const { publicKey, secret } = await createEncryptionKeyFile(file, 'x', quick);
    const opened = new Decrypter();
    opened.addPassphrase('x');
    const text = await opened.decrypt(armor.decode(readFileSync(file, 'utf8')), 'text');
    expect(text).toBe(`# public key: ${ageRecipientOf(publicKey)}\n${secret}\n`);
    expect(await identityToRecipient(secret)).toBe(ageRecipientOf(publicKey));
    const encrypter = new Encrypter();
    encrypter.addRecipient(ageRecipientOf(publicKey));
    const reader = new Decrypter();
    reader.addIdentity(text.split('\n')[1]!);
    expect(await reader.decrypt(await encrypter.encrypt('for alpha'), 'text')).toBe('for alpha');
  });

  it('of the other kind, with a wrong passphrase, or with two keys is refused by name', async () => {
    const signing = join(folder, 'signing.age');
    await createKeyFile(signing, 'x', quick);
    await expect(readEncryptionKeyFile(signing, 'x')).rejects.toMatchObject({ code: 'key-file-not-x25519' });
    const file = join(folder, 'alpha.age');
    const { secret } = await createEncryptionKeyFile(file, 'x', quick);
    await expect(readKeyFile(file, 'x')).rejects.toMatchObject({ code: 'key-file-not-ed25519' });
    const wrong = await readEncryptionKeyFile(file, 'y').catch((error: unknown) => error);
    expect(wrong).toMatchObject({ code: 'key-file-wrong-passphrase' });
    expect(JSON.stringify(wrong)).not.toContain(secret);
    for (const [name, text] of [
      ['two', `${secret}\n${secret}\n`],
      ['none', '# nothing\n'],
      ['mistyped', secret.replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q'))],
    ] as const) {
      await writeSecretFile(join(folder, name), text, 'x', quick);
      await expect(readEncryptionKeyFile(join(folder, name), 'x')).rejects.toMatchObject({
        code: 'key-file-not-x25519',
      });
    }
  });
});
