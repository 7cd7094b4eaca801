/** The keys of a running node as rotation handles them: made beside the one in use, and erased when they are over. */
import type { PublicKey, Signature } from '../../shared/types/brands.ts';
import type { KeyKind, Keyring } from '../crypto/keyring.ts';
import type { InProcessSigner } from '../crypto/signer-in-process.ts';
import { keyPairOf, signWithSodium } from '../crypto/sodium.ts';
import type { SignerPort } from '../runtime/ports.ts';
import type { HeldKey } from './key-standing.ts';

export interface RotatingKeys {
  held(): readonly HeldKey[];
  /** Whether a key of this kind can be made and erased here; those of a signer are made there. */
  isOwn(kind: KeyKind): boolean;
  /** Durable when it resolves, and in memory. @throws KeyFileError */
  create(kind: KeyKind): Promise<PublicKey>;
  /** Signs a claim of possession with a key that is held in memory here; undefined if a signer holds it. */
  prove(key: PublicKey, bytes: Uint8Array): Signature | undefined;
  /** From the disk and from memory. @throws KeyFileError */
  erase(key: PublicKey, successor: PublicKey): Promise<void>;
}

/** @param signer of this process; undefined if another one holds the consensus keys */
export function rotatingKeys(
  keyring: Keyring,
  port: SignerPort,
  signer: InProcessSigner | undefined,
): RotatingKeys {
  const remote = (): readonly HeldKey[] =>
    signer === undefined ? port.keys().map((publicKey) => ({ publicKey, kind: 'consensus' })) : [];
  return {
    held: () => [...keyring.keys().map(({ publicKey, kind }) => ({ publicKey, kind })), ...remote()],
    isOwn: (kind) => kind === 'node' || signer !== undefined,
    async create(kind) {
      const key = await keyring.create(kind);
      if (kind === 'consensus') signer?.add(keyring.seedOf(key)!);
      return key;
    },
    prove(key, bytes) {
      const seed = keyring.seedOf(key);
      return seed && (signWithSodium(keyPairOf(seed).secretKey, bytes) as Signature);
    },
    async erase(key, successor) {
      await keyring.erase(key, successor);
      signer?.forget(key);
    },
  };
}
