/** The keys of a signer's process: those of its keyring, each with what it signs. */
import type { PublicKey } from '../../shared/types/brands.ts';
import type { Keyring } from '../crypto/keyring.ts';
import { keyPairOf, signWithSodium } from '../crypto/sodium.ts';

export interface SignerKeys {
  list(): readonly PublicKey[];
  has(key: PublicKey): boolean;
  sign(key: PublicKey, bytes: Uint8Array): Uint8Array;
  /** Makes another one beside those that are here; durable when it resolves. @throws KeyFileError */
  create(): Promise<PublicKey>;
  /** From the disk and from memory; `successor` takes the name of its file. @throws KeyFileError */
  erase(key: PublicKey, successor: PublicKey): Promise<void>;
}

export function signerKeys(keyring: Keyring): SignerKeys {
  const list = (): PublicKey[] => keyring.keys().map(({ publicKey }) => publicKey);
  const secrets = new Map(list().map((key) => [key, secretOf(key)]));

  function secretOf(key: PublicKey): Uint8Array {
    return keyPairOf(keyring.seedOf(key)!).secretKey;
  }

  return {
    list,
    has: (key) => secrets.has(key),
    sign: (key, bytes) => signWithSodium(secrets.get(key)!, bytes),
    async create() {
      const key = await keyring.create('consensus');
      secrets.set(key, secretOf(key));
      return key;
    },
    async erase(key, successor) {
      await keyring.erase(key, successor);
      secrets.get(key)?.fill(0);
      secrets.delete(key);
    },
  };
}
