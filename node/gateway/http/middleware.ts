/** The steps before routing: a request id, the rate limit, the log line. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { LogPort } from '../../runtime/ports.ts';
import { addressGroup } from './address-group.ts';
import type { ClientAddress } from './client-address.ts';
import { rateLimited } from './rate-limited.ts';
import type { RateLimiter } from './rate-limiter.ts';

export const requestIdOf = (response: Response): string => String(response.locals.requestId ?? '');

export const requestId: RequestHandler = (_request, response, next) => {
  response.locals.requestId = randomUUID();
  response.set('X-Request-Id', requestIdOf(response));
  next();
};

export function rateLimit(limiter: RateLimiter, clientAddress: ClientAddress): RequestHandler {
  return (request, _response, next) => {
    const address = clientAddress(request);
    const waitMs = limiter.take(addressGroup(address), performance.now());
    if (waitMs === 0) return next();
    next(rateLimited('address', address, waitMs));
  };
}

export function logRequests(log: LogPort): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    response.on('finish', () => {
      log.write('debug', 'gateway-request', {
        requestId: requestIdOf(response),
        method: request.method,
        path: request.path,
        status: response.statusCode,
        durationMs: Math.round(performance.now() - startedMs),
      });
    });
    next();
  };
}
