/** Lets a request in or refuses it, by the table and by what state says of the caller now. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Role } from '../../../shared/types/ledger.ts';
import type { StateView } from '../../ledger/types.ts';
import { type AccessName, access } from '../access.ts';
import { ProblemError } from '../http/problem-error.ts';
import { rateLimited } from '../http/rate-limited.ts';
import type { RateLimiter } from '../http/rate-limiter.ts';
import { type Caller, callerOf } from './caller.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import type { Origins } from './origins.ts';
import type { Sessions } from './sessions.ts';

export interface AdmissionOptions {
  readonly self: ValidatorId;
  readonly state: StateView;
  readonly sessions: Sessions;
  readonly origins: Origins;
  /** By identity. */
  readonly limiter: RateLimiter;
  readonly wallMs: () => number;
}

export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * The caller of a request; undefined where nobody needs to be known.
   * @throws ProblemError `sign-in-required`, `role-missing`, `origin-not-allowed`, `rate-limited`
   */
  admit(name: AccessName, method: string, headers: IncomingHttpHeaders): Caller | undefined {
    if (access[name] === 'public') return undefined;
    const credentials = credentialsOf(headers, this.#options.self);
    const caller = credentials && this.known(credentials.token);
    if (credentials === undefined || caller === undefined) throw signInRequired();
    if (!['GET', 'HEAD'].includes(method)) this.requireOwnPage(credentials, headers.origin);
    this.requireRole(caller, name);
    const waitMs = this.#options.limiter.take(caller.identity, performance.now());
    if (waitMs > 0) throw rateLimited('identity', caller.identity, waitMs);
    return caller;
  }

  /** Who holds this token. */
  known(token: string): Caller | undefined {
    const session = this.#options.sessions.find(token, this.#options.wallMs());
    return session && callerOf(this.#options.state, session);
  }

  /** The same caller as state has it by now; undefined when the session or the identity has ended. */
  again({ session }: Caller): Caller | undefined {
    const still = this.#options.sessions.use(session.name, this.#options.wallMs());
    return still && callerOf(this.#options.state, still);
  }

  /** While an answer goes on for long. @throws ProblemError `sign-in-required`, `role-missing` */
  requireStill(caller: Caller, name: AccessName): void {
    const now = this.again(caller);
    if (now === undefined) throw signInRequired();
    this.requireRole(now, name);
  }

  /** A browser sends the cookie whoever asks: what is to change something must come from a page of this gateway. */
  requireOwnPage({ via }: Credentials, origin: string | undefined): void {
    if (via === 'cookie') this.#options.origins.requireOwn(origin);
  }

  /** @throws ProblemError `role-missing` */
  requireRole({ identity, roles }: Pick<Caller, 'identity' | 'roles'>, name: AccessName): void {
    const rule = access[name];
    if (rule === 'public') return;
    const needed: readonly Role[] = rule.roles;
    if (roles.some((role) => needed.includes(role))) return;
    const detail = `${identity} has none of the roles ${needed.join(', ')}.`;
    throw new ProblemError('role-missing', detail, { identity, needed });
  }
}

export const signInRequired = (): ProblemError =>
  new ProblemError('sign-in-required', 'Nobody is signed in, or the session has ended.');
