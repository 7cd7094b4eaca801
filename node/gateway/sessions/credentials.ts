/** What a request brings along: a bearer token, or the cookie of this gateway. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ValidatorId } from '../../../shared/types/brands.ts';

export interface Credentials {
  readonly token: string;
  readonly via: 'bearer' | 'cookie';
}

/** Cookies know no port, and gateways of an example share a host: each has a name of its own. */
export const cookieName = (self: ValidatorId): string => `concordat-${self}`;

export function credentialsOf(headers: IncomingHttpHeaders, self: ValidatorId): Credentials | undefined {
  const bearer = /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { token: bearer, via: 'bearer' };
  const name = `${cookieName(self)}=`;
  const cookie = (headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(name))
    ?.slice(name.length);
  return cookie === undefined || cookie === '' ? undefined : { token: cookie, via: 'cookie' };
}

export interface CookieOptions {
  readonly self: ValidatorId;
  readonly isTls: boolean;
  readonly maxAgeMs: number;
}

/** An empty token takes the cookie away. */
export const sessionCookie = (token: string, { self, isTls, maxAgeMs }: CookieOptions): string =>
  [
    `${cookieName(self)}=${token}`,
    'HttpOnly',
    'SameSite=Strict',
    'Path=/',
    `Max-Age=${token === '' ? 0 : Math.floor(maxAgeMs / 1_000)}`,
    ...(isTls ? ['Secure'] : []),
  ].join('; ');
