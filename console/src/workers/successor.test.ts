import { armor, Encrypter } from 'age-encryption';
import { expect, test } from 'vitest';
import { createDecryptionKey, identityFileText } from '../../../shared/client/encryption-keys.ts';
import { toHex } from '../../../shared/codec/hex.ts';
import { publicKeyOf } from '../../../shared/crypto/ed25519.ts';
import { shortenHash } from '../lib/format.ts';
import { openKeyFile, sealKeyFile } from './key-file.ts';
import { createSuccessor, openSuccessor } from './successor.ts';

const passphrase = 'four words and more';

test('a key for a node comes back from its file, and from no other', async () => {
  const { publicKey, file } = await createSuccessor(passphrase);
  const seed = await openSuccessor(file, passphrase, publicKey);
  expect(toHex(publicKeyOf(seed))).toBe(publicKey);
  expect(await openKeyFile(file, passphrase)).toEqual({ kind: 'signing', seed });
  const other = new Uint8Array(32).fill(7);
  const otherKey = toHex(publicKeyOf(other));
  await expect(openSuccessor(await sealKeyFile(other, passphrase), passphrase, publicKey)).rejects.toThrow(
    `This file holds another key, ${shortenHash(otherKey)}: choose the one that was downloaded just now, with ${shortenHash(publicKey)}.`,
  );
  await expect(openSuccessor(file, 'another', publicKey)).rejects.toThrow('does not open this file');
  const reader = identityFileText(await createDecryptionKey());
  await expect(openSuccessor(await sealed(reader), passphrase, publicKey)).rejects.toThrow(
    'This file holds an encryption key',
  );
});

async function sealed(text: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(4);
  return armor.encode(await encrypter.encrypt(text));
}

test('no two are alike', async () => {
  const [one, other] = [await createSuccessor(passphrase), await createSuccessor(passphrase)];
  expect(one.publicKey).not.toBe(other.publicKey);
});
