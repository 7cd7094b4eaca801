/**
 * What who joins signs when a validator asks it over a link whether it is there (rule E3): bound to the network, the
 * activation, the record that it announced, who asks, and a random challenge, so that no answer serves twice.
 */
import { signingBytes } from '../crypto/digest.ts';
import type { Digest, NetworkId, ValidatorId } from '../types/brands.ts';
import { encode } from './dag-cbor.ts';
import { fromHex } from './hex.ts';

export interface PresenceClaim {
  readonly activation: number;
  readonly subject: ValidatorId;
  readonly asker: ValidatorId;
  /** Digest of the announced record. */
  readonly ready: Digest;
  /** 32 random bytes. */
  readonly challenge: Uint8Array;
}

export const presenceDomain = 'presence';

export const presenceSigningBytes = (network: NetworkId, { ready, ...claim }: PresenceClaim): Uint8Array =>
  signingBytes(presenceDomain, network, encode({ ...claim, ready: fromHex(ready) }));
