/** Signs with consensus keys that this process holds in memory. */
import { toHex } from '../../shared/codec/hex.ts';
import type { PublicKey, Signature } from '../../shared/types/brands.ts';
import type { SignerPort } from '../runtime/ports.ts';
import { keyPairOf, signWithSodium } from './sodium.ts';

export interface InProcessSigner extends SignerPort {
  /** Signs with this key, too, from now on. @param seed Ed25519, 32 bytes */
  add(seed: Uint8Array): void;
  /** Its private half is overwritten in memory. */
  forget(key: PublicKey): void;
}

/**
 * @param seeds Ed25519 seeds, 32 bytes each
 */
export function createInProcessSigner(...seeds: readonly Uint8Array[]): InProcessSigner {
  const secrets = new Map<PublicKey, Uint8Array>();
  for (const seed of seeds) add(seed);

  function add(seed: Uint8Array): void {
    const { publicKey, secretKey } = keyPairOf(seed);
    secrets.set(toHex(publicKey) as PublicKey, secretKey);
  }

  function secretOf(key: PublicKey): Uint8Array {
    const secret = secrets.get(key);
    if (secret === undefined) throw new Error(`Asked to sign with ${key}, which is not held here`);
    return secret;
  }

  return {
    // No `advance`: each request names its key; what it may ask for, consensus alone says here.
    keys: () => [...secrets.keys()],
    sign(requests, done) {
      const signatures = requests.map(({ key, bytes }) => signWithSodium(secretOf(key), bytes) as Signature);
      // A completion never comes before the call returns, as with a signer on another machine.
      queueMicrotask(() => done(signatures));
    },
    add,
    forget(key) {
      secrets.get(key)?.fill(0);
      secrets.delete(key);
    },
  };
}
