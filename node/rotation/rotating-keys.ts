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
  /** Whether `hold` would do it: what a signer keeps, it makes itself. */
  takes(kind: KeyKind): boolean;
  /** Keeps a key that was made elsewhere as if it had been made here. @param seed kept, too @throws KeyFileError */
  hold(kind: KeyKind, seed: Uint8Array): Promise<PublicKey>;
  /** Signs what a key says of itself, if it is held in memory here; undefined if a signer holds it. */
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
  const signsWith = (kind: KeyKind, key: PublicKey): PublicKey => {
    if (kind === 'consensus') signer.add(keyring.seedOf(key)!);
    return key;
  };
  return {
    held: () => heldIn(keyring),
    create: async (kind) => signsWith(kind, await keyring.create(kind)),
    takes: () => true,
    hold: async (kind, seed) => signsWith(kind, await keyring.hold(kind, seed)),
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
    takes: (kind) => kind === 'node',
    hold(kind, seed) {
      if (kind === 'node') return keyring.hold(kind, seed);
      throw new Error('A signer takes no key: nobody asks for it.');
    },
    prove: (key, bytes) => proveWith(keyring, key, bytes),
    isErasable: ({ kind, stage }) => kind === 'node' || stage === 'replaced',
    erase: ({ kind, publicKey }, successor) =>
      kind === 'consensus' ? signer.erase(publicKey) : keyring.erase(publicKey, successor),
  };
}
