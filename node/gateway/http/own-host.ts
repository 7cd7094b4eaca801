/**
 * A site may let its name point at 127.0.0.1 (DNS rebinding): for the browser its pages are then of one origin with
 * a gateway on this machine, and could read all that it says. The Host header gives them away. With TLS the
 * certificate does, and load balancers may say what they like.
 */
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { ProblemError } from './problem-error.ts';

/** @param gateways origins of the consortium's gateways */
export function isOwnHost(host: string | undefined, gateways: readonly string[]): boolean {
  // HTTP/1.0 without the header: no browser.
  if (host === undefined) return true;
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  return isAddress || isLocal || gateways.some((origin) => new URL(origin).hostname === hostname);
}

export const requireOwnHost =
  (gateways: () => readonly string[]): RequestHandler =>
  (request, _response, next) => {
    const { host } = request.headers;
    const known = gateways();
    if (isOwnHost(host, known)) next();
    else
      next(new ProblemError('misdirected', `This gateway is not called ${host}.`, { host, gateways: known }));
  };
