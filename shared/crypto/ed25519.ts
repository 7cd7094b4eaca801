/**
 * Ed25519 (RFC 8032) under the one verification rule of this network, libsodium's: exact lengths; A and R
 * canonical and not of small order; S < L; and the cofactorless equation, R being the very bytes of S·B − k·A.
 * Libraries differ on exactly these points, so every verifier applies `preCheck` first. All of them, libsodium
 * included, then accept the same signatures; the tests compare them on adversarial ones.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes, fromHex, toHex } from '../codec/hex.ts';
import type { Signature } from '../types/brands.ts';

const { Point } = ed25519;
const keyLength = 32;
const signatureLength = 64;

/** Order of the base point, little-endian. */
const groupOrder = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');

/** The canonical y of the eight points whose order divides 8 (±x share one), sign bit clear. */
const smallOrderY = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex);

/** Everything in the rule but the equation: lengths, canonical A and R, no small order, S < L. */
export const preCheck = (publicKey: Uint8Array, signature: Uint8Array): boolean =>
  publicKey.length === keyLength &&
  signature.length === signatureLength &&
  isOrdinaryPoint(publicKey) &&
  isOrdinaryPoint(signature.subarray(0, 32)) &&
  isBelowGroupOrder(signature.subarray(32));

const isOrdinaryPoint = (point: Uint8Array): boolean =>
  isCanonical(point) && !smallOrderY.some((y) => hasY(point, y));

/** y < 2^255 − 19, the sign bit apart. */
const isCanonical = (point: Uint8Array): boolean => {
  if ((point[31]! & 0x7f) !== 0x7f) return true;
  for (let i = 30; i > 0; i--) if (point[i] !== 0xff) return true;
  return point[0]! < 0xed;
};

const hasY = (point: Uint8Array, y: Uint8Array): boolean => {
  for (let i = 0; i < 31; i++) if (point[i] !== y[i]) return false;
  return (point[31]! & 0x7f) === y[31];
};

const isBelowGroupOrder = (scalar: Uint8Array): boolean => {
  for (let i = 31; i >= 0; i--) {
    if (scalar[i]! < groupOrder[i]!) return true;
    if (scalar[i]! > groupOrder[i]!) return false;
  }
  return false;
};

/** Verification in plain JavaScript, about 2 ms: for browsers without Ed25519 in WebCrypto. Never throws. */
export const verifyNoble = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (!preCheck(publicKey, signature)) return false;
  const key = pointOf(publicKey);
  if (key === undefined) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % Point.Fn.ORDER;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(k));
  return equalBytes(expected.toBytes(), r);
};

const pointOf = (bytes: Uint8Array): InstanceType<typeof Point> | undefined => {
  try {
    return Point.fromBytes(bytes);
  } catch {
    // Not on the curve: an answer, not a failure.
    return undefined;
  }
};

const littleEndian = (bytes: Uint8Array): bigint => {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
};

/** Public key of a 32-byte seed. */
export const publicKeyOf = (seed: Uint8Array): Uint8Array => ed25519.getPublicKey(seed);

/** RFC 8032, section 5.1.6, with a 32-byte seed. */
export const signNoble = (seed: Uint8Array, message: Uint8Array): Signature =>
  ed25519.sign(message, seed) as Signature;

/**
 * Whether a key may be registered: 64 lower-case hex digits of a canonical point that is neither of small
 * order nor of mixed order, so that no two verifiers can disagree about what it signed.
 */
export const isAcceptableKey = (hex: string): boolean => {
  if (!/^[0-9a-f]{64}$/.test(hex)) return false;
  const bytes = fromHex(hex);
  return isOrdinaryPoint(bytes) && (pointOf(bytes)?.isTorsionFree() ?? false);
};

/** True if the signature is valid under the one rule. Never rejects for bad input. */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean>;

/** The same at once: `verifyNoble`, or a host's native one under the same rule. */
export type VerifySignatureNow = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** The part of WebCrypto's SubtleCrypto that verification needs. */
export interface SubtleVerifier<Key> {
  importKey(
    format: 'raw',
    key: Uint8Array<ArrayBuffer>,
    algorithm: { name: 'Ed25519' },
    extractable: boolean,
    usages: ['verify'],
  ): Promise<Key>;
  verify(
    algorithm: { name: 'Ed25519' },
    key: Key,
    signature: Uint8Array<ArrayBuffer>,
    message: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
}

/** Keys kept as the host has them; a verifier meets the same few validators over and over. */
const importedKeysMax = 1024;

/**
 * Verification by the host's WebCrypto, about ten times as fast as `verifyNoble`. Rejects with NotSupportedError
 * where the host has no Ed25519: probe once with a known signature, and fall back to `verifyNoble`.
 */
export const makeWebCryptoVerifier = <Key>(subtle: SubtleVerifier<Key>): VerifySignature => {
  const algorithm = { name: 'Ed25519' } as const;
  const imported = new Map<string, Promise<Key> | undefined>();

  /** undefined for a key off the curve, which makes some hosts reject and others answer. */
  const keyOf = (publicKey: Uint8Array): Promise<Key> | undefined => {
    const name = toHex(publicKey);
    if (imported.has(name)) return imported.get(name);
    const key =
      pointOf(publicKey) === undefined
        ? undefined
        : subtle.importKey('raw', new Uint8Array(publicKey), algorithm, false, ['verify']);
    if (imported.size >= importedKeysMax) imported.clear();
    imported.set(name, key);
    return key;
  };

  return async (publicKey, message, signature) => {
    if (!preCheck(publicKey, signature)) return false;
    const key = await keyOf(publicKey);
    if (key === undefined) return false;
    return subtle.verify(algorithm, key, new Uint8Array(signature), new Uint8Array(message));
  };
};

/** `verifyNoble` in the form that the verification of proofs takes. */
export const verifyNobleAsync: VerifySignature = async (publicKey, message, signature) =>
  verifyNoble(publicKey, message, signature);
