/**
 * The challenge of a sign-in: what an identity signs to open a session at one gateway. It is bound to the address
 * that was dialled, so that who relays it from another gateway gains nothing, to the network, and to a moment.
 */
import { signingBytes } from '../crypto/digest.ts';
import type { NetworkId, Nonce, ValidatorId } from '../types/brands.ts';
import { CodecError } from './codec-error.ts';
import { decode, encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';
import { validatorIdPattern } from './ids.ts';
import { readCount, readHex, readMap, readPattern } from './structure.ts';

export interface SignInChallenge {
  /** `http(s)://host:port` that the one who signs in dials. */
  readonly origin: string;
  readonly network: NetworkId;
  /** The validator whose gateway gave it. */
  readonly node: ValidatorId;
  /** 16 random bytes: each challenge is good for one session. */
  readonly nonce: Nonce;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const keys = ['origin', 'network', 'node', 'nonce', 'issuedAt', 'expiresAt'];
const originPattern = /^https?:\/\/[^/?#@\s]{1,255}$/;
const challengeBytesMax = 1_024;
/** Nobody signs what would be good for longer. */
const challengeLifeMaxMs = 300_000;

export const encodeChallenge = ({ network, nonce, ...rest }: SignInChallenge): Uint8Array =>
  encode({ ...rest, network: fromHex(network), nonce: fromHex(nonce) });

/** @throws CodecError */
export function decodeChallenge(bytes: Uint8Array): SignInChallenge {
  const path = 'challenge';
  if (bytes.length > challengeBytesMax) {
    throw new CodecError('too-large', { path, expected: `≤ ${challengeBytesMax} bytes`, got: bytes.length });
  }
  const map = readMap(decode(bytes, { itemsMax: 2 * keys.length, depthMax: 2 }), path, keys);
  return {
    origin: readPattern(map, 'origin', path, originPattern),
    network: readHex<NetworkId>(map, 'network', path, 32),
    node: readPattern<ValidatorId>(map, 'node', path, validatorIdPattern),
    nonce: readHex<Nonce>(map, 'nonce', path, 16),
    issuedAt: readCount(map, 'issuedAt', path),
    expiresAt: readCount(map, 'expiresAt', path),
  };
}

/** Why a challenge is not to be signed by one who dialled `origin`; undefined if it is sound. */
export function challengeFault(
  challenge: SignInChallenge,
  expected: { readonly origin: string; readonly network?: string },
): 'origin' | 'network' | 'lifetime' | undefined {
  if (challenge.origin !== expected.origin) return 'origin';
  if (expected.network !== undefined && challenge.network !== expected.network) return 'network';
  return challenge.expiresAt - challenge.issuedAt > challengeLifeMaxMs ? 'lifetime' : undefined;
}

/** What the key signs: the challenge's bytes as they were given. */
export const signInSigningBytes = (network: NetworkId, challengeBytes: Uint8Array): Uint8Array =>
  signingBytes('sign-in', network, challengeBytes);
