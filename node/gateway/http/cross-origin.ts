/** Consoles of the same consortium may read one another's gateways; other sites may not. */
import type { RequestHandler } from 'express';
import { normalisedOrigin } from '../sessions/origins.ts';

/** Origins of gateway addresses; what is no URL is left out. */
export function gatewayOrigins(addresses: readonly string[]): readonly string[] {
  const origins = addresses
    .filter((address) => URL.canParse(address))
    .map((address) => new URL(address).origin);
  return [...new Set(origins)];
}

/** Whether a page of this origin may talk to us. No origin means no browser page. */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  gateways: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (host !== undefined && /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, '') === host)
    return true;
  return gateways.includes(normalisedOrigin(origin));
}

export function crossOrigin(gateways: () => readonly string[]): RequestHandler {
  return (request, response, next) => {
    const origin = request.headers.origin;
    response.vary('Origin');
    if (origin !== undefined && originAllowed(origin, request.headers.host, gateways())) {
      response.set('Access-Control-Allow-Origin', origin);
      response.set('Access-Control-Expose-Headers', 'ETag, Retry-After, X-Request-Id');
      response.set('Cross-Origin-Resource-Policy', 'cross-origin');
      if (request.method === 'OPTIONS') {
        response.set('Access-Control-Allow-Methods', 'GET, POST, DELETE');
        response.set('Access-Control-Allow-Headers', 'Content-Type, Accept, Authorization');
        response.set('Access-Control-Max-Age', '600');
        response.status(204).end();
        return;
      }
    }
    next();
  };
}
