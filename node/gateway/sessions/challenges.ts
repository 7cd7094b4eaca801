/**
 * Challenges that were given and not used: each is good once, here, for a minute. Bounded, also by address. Whoever has
 * many addresses keeps nobody out: the oldest one of all makes room, and programs sign theirs at once.
 */
import { digestOf } from '../../../shared/crypto/digest.ts';

export interface ChallengeLimits {
  readonly lifeMs: number;
  readonly countMax: number;
  readonly perAddressMax: number;
}

interface Given {
  readonly address: string;
  readonly key: string;
  readonly expiresAt: number;
}

export type ChallengeUse = 'ok' | 'unknown' | 'expired' | 'other-key';

export class Challenges {
  readonly #limits: ChallengeLimits;
  /** By digest, in the order in which they expire. */
  readonly #given = new Map<string, Given>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: ChallengeLimits) {
    this.#limits = limits;
  }

  /** False: too many of this address wait. `bytes` hold a nonce, so that no two are equal. */
  give(bytes: Uint8Array, key: string, address: string, nowMs: number): boolean {
    this.#expire(nowMs);
    const { countMax, perAddressMax, lifeMs } = this.#limits;
    if ((this.#perAddress.get(address) ?? 0) >= perAddressMax) return false;
    const [oldest] = this.#given;
    if (this.#given.size >= countMax && oldest !== undefined) this.#forget(...oldest);
    this.#given.set(nameOf(bytes), { address, key, expiresAt: nowMs + lifeMs });
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    return true;
  }

  /** Whatever the answer, it is used up. */
  use(bytes: Uint8Array, key: string, nowMs: number): ChallengeUse {
    const name = nameOf(bytes);
    const given = this.#given.get(name);
    if (given === undefined) return 'unknown';
    this.#forget(name, given);
    if (given.expiresAt <= nowMs) return 'expired';
    return given.key === key ? 'ok' : 'other-key';
  }

  #expire(nowMs: number): void {
    for (const [name, given] of this.#given) {
      if (given.expiresAt > nowMs) return;
      this.#forget(name, given);
    }
  }

  #forget(name: string, { address }: Given): void {
    this.#given.delete(name);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
  }
}

const nameOf = (bytes: Uint8Array): string => digestOf('sign-in-challenge', bytes);
