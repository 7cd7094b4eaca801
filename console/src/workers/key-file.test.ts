import { createPrivateKey } from 'node:crypto';
import { expect, test } from 'vitest';
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
  await expect(openKeyFile(file, 'four words and more')).resolves.toEqual(seed);
  await expect(openKeyFile(file, 'another')).rejects.toThrow('The passphrase does not open this file.');
});

test('what is no key file is named as such', async () => {
  await expect(openKeyFile(encodePem(seed), 'any')).rejects.toThrow('not an age file');
  expect(decodePem('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).toBeUndefined();
});
