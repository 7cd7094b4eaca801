/** The express application: safety first, then health, the API, the console, and problems last. */
import express, { type Express } from 'express';
import { apiPrefix } from '../../shared/api.ts';
import { consoleFiles } from './console-files.ts';
import type { GatewayContext } from './context.ts';
import { crossOrigin } from './http/cross-origin.ts';
import { logRequests, rateLimit, requestId } from './http/middleware.ts';
import { requireOwnHost } from './http/own-host.ts';
import { answerProblems, notFound } from './http/problem-answer.ts';
import { RateLimiter } from './http/rate-limiter.ts';
import { securityHeaders } from './http/security-headers.ts';
import { expositionType, renderMetrics } from './metrics/exposition.ts';
import { allMetrics } from './metrics/node-metrics.ts';
import { apiRoutes } from './routes.ts';

const addressesMax = 10_000;

export function gatewayApp(context: GatewayContext): Express {
  const { limits, log, gateways } = context;
  const limiter = new RateLimiter({
    tokensPerSecond: limits.requestsPerSecond,
    burst: limits.requestsBurst,
    addressesMax,
  });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(requestId, logRequests(log), securityHeaders(gateways, context.tls !== undefined));
  if (context.tls === undefined) app.use(requireOwnHost(gateways));
  addHealth(app, context);
  app.use(rateLimit(limiter, context.clientAddress));
  addMetrics(app, context);
  app.use(apiPrefix, crossOrigin(gateways), apiRoutes(context));
  if (context.consoleDirectory !== undefined) app.use(consoleFiles(context.consoleDirectory));
  app.use(notFound, answerProblems(log));
  return app;
}

/** For operators. Prometheus, which cannot sign in, has a listener of its own (metrics/listener.ts). */
function addMetrics(app: Express, context: GatewayContext): void {
  app.get('/metrics', (request, response, next) => {
    // A browser that is led here wants the console's page of this name.
    const wantsPage = request.accepts(['text/plain', 'text/html']) === 'text/html';
    if (wantsPage && context.consoleDirectory !== undefined) return next();
    context.admission.admit('metrics', request.method, request.headers);
    response.set({ 'Cache-Control': 'no-store', 'Content-Type': expositionType });
    response.send(renderMetrics(allMetrics(context)));
  });
}

/** `/healthz`: the process answers. `/readyz`: it takes transactions. */
function addHealth(app: Express, { node }: GatewayContext): void {
  app.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  app.get('/readyz', (_request, response) => {
    const reason = node.status().notReadyReason;
    response.set('Cache-Control', 'no-store').status(reason === undefined ? 200 : 503);
    response.json(reason === undefined ? { status: 'ok' } : { status: 'not-ready', reason });
  });
}
