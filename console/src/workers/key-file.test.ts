import { createPrivateKey } from 'node:crypto';
import { armor, Encrypter } from 'age-encryption';
import { expect, test } from 'vitest';
import { createDecryptionKey, identityFileText } from '../../../shared/client/encryption-keys.ts';
import { decodePem, encodePem, openKeyFile, sealKeyFile } from './key-file.ts';

const seed = new Uint8Array(32).map((_, at) => at * 7);

test('the PEM is PKCS#8 as others read it, and comes back as the same seed', () => {
  const jwk = createPrivateKey(encodePem(seed)).export({ format: 'jwk' });
  expect(Buffer.from(jwk.d ?? '', 'base64url')).toEqual(Buffer.from(seed));
  expect(decodePem(encodePem(seed))).toEqual(seed);
});

test('a sealed key opens with its passphrase only', async () => {
  const file = await sealKeyFile(seed, 'four words and more');
  expect(file).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
  await expect(openKeyFile(file, 'four words and more')).resolves.toEqual({ kind: 'signing', seed });
  await expect(openKeyFile(file, 'another')).rejects.toThrow('The passphrase does not open this file.');
});

test('an encryption key is told from a signing key', async () => {
  const key = await createDecryptionKey();
  await expect(openKeyFile(await sealed(identityFileText(key)), 'words')).resolves.toEqual({
    kind: 'reading',
    key,
  });
  await expect(openKeyFile(await sealed('# nothing'), 'words')).rejects.toThrow('neither a signing key');
});

async function sealed(text: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase('words');
  encrypter.setScryptWorkFactor(4);
  return armor.encode(await encrypter.encrypt(text));
}

test('what is no key file is named as such', async () => {
  await expect(openKeyFile(encodePem(seed), 'any')).rejects.toThrow('not an age file');
  expect(decodePem('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).toBeUndefined();
});
