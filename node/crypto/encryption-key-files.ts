/**
 * X25519 keys at rest: an age file (passphrase recipient, ASCII armour) that holds an identity file of age, which
 * `age -d -i FILE` takes without us.
 */
import {
  createDecryptionKey,
  type DecryptionKey,
  identityFileText,
  readIdentityFile,
} from '../../shared/client/encryption-keys.ts';
import { KeyFileError, type KeyFileOptions, readSecretFile, writeSecretFile } from './key-files.ts';

/** Makes a random key and writes it, mode 0600. @throws KeyFileError `key-file-exists` */
export async function createEncryptionKeyFile(
  file: string,
  passphrase: string,
  options: KeyFileOptions = {},
): Promise<DecryptionKey> {
  const key = await createDecryptionKey();
  await writeSecretFile(file, identityFileText(key), passphrase, options);
  return key;
}

/** @throws KeyFileError */
export async function readEncryptionKeyFile(file: string, passphrase: string): Promise<DecryptionKey> {
  const key = await readIdentityFile(await readSecretFile(file, passphrase));
  if (key === undefined) throw new KeyFileError('key-file-not-x25519', file);
  return key;
}
