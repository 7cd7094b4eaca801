/** Keys of a data directory: made, or taken up where a run that was interrupted made them. */
import { existsSync } from 'node:fs';
import type { PublicKey } from '../../shared/types/brands.ts';
import { createEncryptionKeyFile, readEncryptionKeyFile } from '../crypto/encryption-key-files.ts';
import { createKeyFile, type KeyFileOptions, readKeyFile } from '../crypto/key-files.ts';

/** Each takes the file, and answers with the public half. */
export interface KeyMaker {
  signing(file: string): Promise<PublicKey>;
  /** X25519, for confidential payloads. */
  encryption(file: string): Promise<string>;
}

interface FileKind<Key extends string> {
  create(file: string, passphrase: string, options: KeyFileOptions): Promise<{ readonly publicKey: Key }>;
  read(file: string, passphrase: string): Promise<{ readonly publicKey: Key }>;
}
const signing: FileKind<PublicKey> = { create: createKeyFile, read: readKeyFile };
const encryption: FileKind<string> = { create: createEncryptionKeyFile, read: readEncryptionKeyFile };

/**
 * @param passphrase asked for at the first key
 * @throws KeyFileError `key-file-wrong-passphrase` if a key is there that another passphrase opens, `key-file-exists` if
 *   another run makes it now
 */
export function createKeyMaker(passphrase: () => string, options: KeyFileOptions): KeyMaker {
  const keyIn = async <Key extends string>(file: string, { create, read }: FileKind<Key>): Promise<Key> =>
    (existsSync(file) ? await read(file, passphrase()) : await create(file, passphrase(), options)).publicKey;
  return {
    signing: (file) => keyIn(file, signing),
    encryption: (file) => keyIn(file, encryption),
  };
}
