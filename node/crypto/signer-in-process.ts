/** Signs with a consensus key that this process holds in memory. */
import type { Signature } from '../../shared/types/brands.ts';
import type { SignerPort } from '../runtime/ports.ts';
import { keyPairOf, signWithSodium } from './sodium.ts';

/**
 * @param seed Ed25519 seed, 32 bytes
 */
export function createInProcessSigner(seed: Uint8Array): SignerPort {
  const { secretKey } = keyPairOf(seed);
  return {
    sign(messages, done) {
      const signatures = messages.map((message) => signWithSodium(secretKey, message) as Signature);
      // A completion never comes before the call returns, as with a signer on another machine.
      queueMicrotask(() => done(signatures));
    },
  };
}
