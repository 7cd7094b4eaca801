/**
 * Proof that who registers a public key holds the private one: a signature by it, bound to the network, to what the
 * key is for and to whose it is, so that nobody registers a key that was seen elsewhere. The member belongs to it: a
 * proof is public as soon as it is submitted, and ids are free until somebody has them, so that by owner alone an admin
 * of another member could be first, and have the key answer for that member from then on.
 */
import { signingBytes } from '../crypto/digest.ts';
import type { NetworkId, PublicKey } from '../types/brands.ts';
import { encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';

export const registeredKeyKinds = ['consensus', 'node', 'identity'] as const;
export type RegisteredKeyKind = (typeof registeredKeyKinds)[number];

export interface KeyClaim {
  readonly key: PublicKey;
  readonly kind: RegisteredKeyKind;
  /** Id of the identity, validator or observer. */
  readonly owner: string;
  /** Of the owner. */
  readonly member: string;
}

export const possessionDomain = 'key-possession';

/** What the new key signs. */
export const possessionSigningBytes = (
  network: NetworkId,
  { key, kind, owner, member }: KeyClaim,
): Uint8Array => signingBytes(possessionDomain, network, encode({ key: fromHex(key), kind, owner, member }));
