/** Codes of one use that open another session of an identity: what a link carries into a browser. */
import type { IdentityId, PublicKey } from '../../../shared/types/brands.ts';
import { digestOfSecret, newSecret } from './secrets.ts';
import type { Opener, Session } from './sessions.ts';

interface Given {
  readonly identity: IdentityId;
  readonly key: PublicKey;
  readonly expiresAt: number;
  /** The session that gave it, and must still be there. What it opens ends with that one: else a stolen token would outlive every limit. */
  readonly opener: Opener;
}

const lifeMs = 300_000;
const perIdentityMax = 20;

export class SignInCodes {
  /** By digest, in the order in which they were given. */
  readonly #given = new Map<string, Given>();

  give(
    { identity, key, name, expiresAt: endsAt }: Session,
    nowMs: number,
  ): { code: string; expiresAt: number } {
    this.#makeRoom(identity, nowMs);
    const code = newSecret();
    const expiresAt = Math.min(nowMs + lifeMs, endsAt);
    this.#given.set(digestOfSecret(code), { identity, key, expiresAt, opener: { name, endsAt } });
    return { code, expiresAt };
  }

  /** Undefined: it is not good, or not any more. */
  use(code: string, nowMs: number): Given | undefined {
    const name = digestOfSecret(code);
    const given = this.#given.get(name);
    this.#given.delete(name);
    return given !== undefined && given.expiresAt > nowMs ? given : undefined;
  }

  #makeRoom(identity: IdentityId, nowMs: number): void {
    for (const [name, { expiresAt }] of this.#given) {
      if (expiresAt <= nowMs) this.#given.delete(name);
    }
    const own = [...this.#given].filter(([, given]) => given.identity === identity);
    for (const [name] of own.slice(0, Math.max(0, own.length + 1 - perIdentityMax))) this.#given.delete(name);
  }
}
