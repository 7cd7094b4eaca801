/** The keys of a running node as rotation handles them: made beside the one in use, and erased when they are over. */
import type { PublicKey, Signature } from '../../shared/types/brands.ts';
import type { KeyKind, Keyring } from '../crypto/keyring.ts';
import type { InProcessSigner } from '../crypto/signer-in-process.ts';
import type { RemoteSigner } from '../crypto/signer-remote.ts';
import { keyPairOf, signWithSodium } from '../crypto/sodium.ts';
import type { HeldKey, KeyStanding } from './key-standing.ts';

export interface RotatingKeys {
  held(): readonly HeldKey[];
  /** Durable when it resolves, and in memory. @throws KeyFileError, SignerRefusal, SignerAway */
  create(kind: KeyKind): Promise<PublicKey>;
  /** Signs a claim of possession with a key that is held in memory here; undefined if a signer holds it. */
  prove(key: PublicKey, bytes: Uint8Array): Signature | undefined;
  /**
   * Whether `erase` would do it. A signer erases what a hand-over ended, which it verifies; a key that never came into
   * use is its operator's to erase, since nothing that a signer follows tells of it.
   */
  isErasable(standing: Pick<KeyStanding, 'kind' | 'stage'>): boolean;
  /** From the disk and from memory. @throws KeyFileError, SignerRefusal, SignerAway */
  erase(key: HeldKey, successor: PublicKey): Promise<void>;
}

const heldIn = (keyring: Keyring): HeldKey[] =>
  keyring.keys().map(({ publicKey, kind }) => ({ publicKey, kind }));

function proveWith(keyring: Keyring, key: PublicKey, bytes: Uint8Array): Signature | undefined {
  const seed = keyring.seedOf(key);
  return seed && (signWithSodium(keyPairOf(seed).secretKey, bytes) as Signature);
}

/** @param signer of this process, which signs with the consensus keys of the keyring */
export function keysHeldHere(keyring: Keyring, signer: InProcessSigner): RotatingKeys {
  return {
    held: () => heldIn(keyring),
    async create(kind) {
      const key = await keyring.create(kind);
      if (kind === 'consensus') signer.add(keyring.seedOf(key)!);
      return key;
    },
    prove: (key, bytes) => proveWith(keyring, key, bytes),
    isErasable: () => true,
    async erase({ publicKey }, successor) {
      await keyring.erase(publicKey, successor);
      signer.forget(publicKey);
    },
  };
}

/** @param signer in another process, which holds the consensus keys; the keyring has the others */
export function keysOfSigner(keyring: Keyring, signer: RemoteSigner): RotatingKeys {
  const remote = (): HeldKey[] => signer.keys().map((publicKey) => ({ publicKey, kind: 'consensus' }));
  return {
    held: () => [...heldIn(keyring), ...remote()],
    create: (kind) => (kind === 'consensus' ? signer.create() : keyring.create(kind)),
    prove: (key, bytes) => proveWith(keyring, key, bytes),
    isErasable: ({ kind, stage }) => kind === 'node' || stage === 'replaced',
    erase: ({ kind, publicKey }, successor) =>
      kind === 'consensus' ? signer.erase(publicKey) : keyring.erase(publicKey, successor),
  };
}
