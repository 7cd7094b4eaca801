/**
 * Sessions in memory: who proved to hold the key of an identity. A session is a claim; what the identity may do is
 * read from state at every use, so that nothing has to be ended when it is revoked (caller.ts).
 */
import type { IdentityId, PublicKey } from '../../../shared/types/brands.ts';
import { digestOfSecret, newSecret } from './secrets.ts';

export interface Session {
  readonly identity: IdentityId;
  readonly key: PublicKey;
  readonly startedAt: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Digest of its token. */
  readonly name: string;
}

/** What a session owes to another one. */
export interface Opener {
  readonly name: string;
  /** When that one ends: at the latest then, milliseconds since 1970. */
  readonly endsAt: number;
}

export interface SessionLimits {
  readonly idleMs: number;
  readonly lifeMs: number;
  /** Beyond these the one that was used longest ago ends. */
  readonly perIdentityMax: number;
}

interface Held extends Session {
  usedAt: number;
  /** The session whose code opened it. */
  opener: string | undefined;
}

export class Sessions {
  readonly limits: SessionLimits;
  readonly #byName = new Map<string, Held>();
  /** Names, the one used longest ago first. */
  readonly #byIdentity = new Map<IdentityId, Set<string>>();
  #sweepAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: SessionLimits) {
    this.limits = limits;
  }

  /** @param opener the session whose code opens it, if one does */
  open(
    identity: IdentityId,
    key: PublicKey,
    nowMs: number,
    opener?: Opener,
  ): { token: string; session: Session } {
    this.#sweep(nowMs);
    const token = newSecret();
    const name = digestOfSecret(token);
    const expiresAt = Math.min(nowMs + this.limits.lifeMs, opener?.endsAt ?? Number.POSITIVE_INFINITY);
    const times = { startedAt: nowMs, expiresAt, usedAt: nowMs };
    const session: Held = { identity, key, name, ...times, opener: opener?.name };
    this.#byName.set(name, session);
    const own = this.#byIdentity.get(identity) ?? new Set();
    this.#byIdentity.set(identity, own.add(name));
    const [oldest] = own;
    if (own.size > this.limits.perIdentityMax && oldest !== undefined) this.end(oldest);
    return { token, session };
  }

  /** Finding it is using it. */
  find(token: string, nowMs: number): Session | undefined {
    return this.use(digestOfSecret(token), nowMs);
  }

  /** Undefined: it has ended, or never was. */
  use(name: string, nowMs: number): Session | undefined {
    const session = this.#byName.get(name);
    if (session === undefined) return undefined;
    if (this.#isOver(session, nowMs)) {
      this.end(name);
      return undefined;
    }
    session.usedAt = nowMs;
    const own = this.#byIdentity.get(session.identity);
    own?.delete(name);
    own?.add(name);
    return session;
  }

  /** Held now, of which some may have ended and not been met again yet. */
  get size(): number {
    return this.#byName.size;
  }

  #isOver({ expiresAt, usedAt }: Held, nowMs: number): boolean {
    return nowMs >= expiresAt || nowMs - usedAt >= this.limits.idleMs;
  }

  /** Who never comes back asks for nothing that could end it. Once in an idle time, since it looks at all. */
  #sweep(nowMs: number): void {
    if (nowMs < this.#sweepAtMs) return;
    this.#sweepAtMs = nowMs + this.limits.idleMs;
    for (const session of [...this.#byName.values()])
      if (this.#isOver(session, nowMs)) this.end(session.name);
  }

  /** Without using it. */
  isOpen(name: string, nowMs: number): boolean {
    const session = this.#byName.get(name);
    return session !== undefined && !this.#isOver(session, nowMs);
  }

  /**
   * Its owner signs out: what its codes opened goes with it, and what theirs did. Whoever had the token for a moment
   * would keep a session of his own else.
   */
  signOut(name: string): void {
    const opened = this.#openedBy(name);
    this.end(name);
    for (const one of opened) this.signOut(one.name);
  }

  /** They are of the same identity. */
  #openedBy(name: string): readonly Held[] {
    const own = this.#byIdentity.get(this.#byName.get(name)?.identity as IdentityId) ?? [];
    return [...own].flatMap((one) => {
      const session = this.#byName.get(one);
      return session?.opener === name ? [session] : [];
    });
  }

  /** What it opened goes on, and answers to whoever opened it. */
  end(name: string): void {
    const session = this.#byName.get(name);
    if (session === undefined) return;
    for (const opened of this.#openedBy(name)) opened.opener = session.opener;
    this.#byName.delete(name);
    const own = this.#byIdentity.get(session.identity);
    own?.delete(name);
    if (own?.size === 0) this.#byIdentity.delete(session.identity);
  }
}
