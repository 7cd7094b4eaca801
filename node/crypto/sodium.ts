/** Ed25519 by libsodium, under the one verification rule (design, section 5). */
import sodium from 'sodium-native';
import { preCheck } from '../../shared/crypto/ed25519.ts';

export const seedBytes = 32;
export const publicKeyBytes = 32;
export const signatureBytes = 64;

export interface KeyPair {
  readonly publicKey: Uint8Array;
  /** libsodium's form: seed and public key, 64 bytes. */
  readonly secretKey: Uint8Array;
}

/** @throws if the seed is not 32 bytes long */
export function keyPairOf(seed: Uint8Array): KeyPair {
  const publicKey = new Uint8Array(publicKeyBytes);
  const secretKey = new Uint8Array(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

export function signWithSodium(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  const signature = new Uint8Array(signatureBytes);
  sodium.crypto_sign_detached(signature, message, secretKey);
  return signature;
}

/** Never throws: what has a wrong length or form is invalid. */
export function verifyWithSodium(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return preCheck(publicKey, signature) && sodium.crypto_sign_verify_detached(signature, message, publicKey);
}
