/** The part of sodium-native that this project calls; the package has no types of its own. */
declare module 'sodium-native' {
  interface SodiumNative {
    /** Fills both buffers from a seed of 32 bytes. */
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    /** Reads only the first 64 bytes of a longer signature: check its length before. */
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  }
  const sodium: SodiumNative;
  export default sodium;
}
