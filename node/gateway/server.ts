/** Starts and stops the gateway: HTTP, and the WebSocket of subscriptions on the same port. */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gatewayApp } from './app.ts';
import { BlockFollower } from './block-follower.ts';
import { CertifiedWaiters } from './certified-waiters.ts';
import { consortiumGateways } from './consortium-gateways.ts';
import type { GatewayContext } from './context.ts';
import { Exports } from './export/exports.ts';
import { startRecorder } from './history/recorder.ts';
import { clientAddressBy, proxiesIn } from './http/client-address.ts';
import { limitConnections } from './http/connection-limit.ts';
import { limitPipelining } from './http/pipelining.ts';
import { RateLimiter } from './http/rate-limiter.ts';
import { requireLoopback, startMetrics } from './metrics/listener.ts';
import { defaultLimits, type GatewayOptions } from './ports.ts';
import { reachableCount } from './reachable.ts';
import { Admission } from './sessions/admission.ts';
import { Challenges } from './sessions/challenges.ts';
import { SignInCodes } from './sessions/codes.ts';
import { Origins } from './sessions/origins.ts';
import { Sessions } from './sessions/sessions.ts';
import { Subscriptions } from './stream/subscriptions.ts';
import { SubmissionMemory } from './submission-memory.ts';

export interface Gateway {
  /** `http(s)://host:port` without a slash at the end. */
  readonly url: string;
  /** Where metrics are answered to Prometheus, if anywhere. */
  readonly metricsUrl?: string;
  /** Open subscriptions, and sockets that have not subscribed yet. */
  subscribers(): number;
  /** Tells subscribers where to resume, ends connections, resolves when the port is free. */
  close(): Promise<void>;
}

const identitiesMax = 10_000;
/** Node looks for late requests this often; its default is half a minute. */
const checkMs = 1_000;
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * @throws Error `gateway-needs-tls` for an address beyond loopback without TLS (design, section 7), and what
 * listening throws, such as EADDRINUSE
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { listen, tls } = options;
  if (!loopback.has(listen.host) && tls === undefined) {
    throw new Error(`gateway-needs-tls: ${listen.host} is not loopback; configure key and certificate`);
  }
  if (options.metricsListen !== undefined) requireLoopback(options.metricsListen.host);
  const context = contextOf(options);
  const app = limitPipelining(gatewayApp(context));
  const { headersMs, requestMs, idleMs, connectionsMax, connectionsPerAddress } = context.limits;
  const patience = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    // Whoever has opened a key file meanwhile, or sits behind a proxy, finds the connection as it was.
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: checkMs,
  };
  const server: Server = tls
    ? createHttpsServer({ ...patience, ...tls, minVersion: 'TLSv1.3' }, app)
    : createHttpServer(patience, app);
  server.maxConnections = connectionsMax;
  limitConnections(server, {
    perAddressMax: connectionsPerAddress,
    isProxy: proxiesIn(options.trustedProxies),
    log: options.log,
    monotonicMs: () => performance.now(),
  });
  server.setTimeout(idleMs);
  const subscriptions = new Subscriptions(context, server);
  await listening(server, listen.host, listen.port);
  const { port } = server.address() as AddressInfo;
  const url = `${tls ? 'https' : 'http'}://${listen.host}:${port}`;
  context.origins.add(url);
  options.log.write('info', 'gateway-listening', { url });
  const metrics = await startMetrics(context);
  return {
    url,
    ...(metrics === undefined ? {} : { metricsUrl: metrics.url }),
    subscribers: () => subscriptions.count,
    async close() {
      await metrics?.close();
      await close(context, server, subscriptions);
    },
  };
}

function contextOf(options: GatewayOptions): GatewayContext {
  const wallMs = options.wallMs ?? Date.now;
  const { self, state } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const gateways = consortiumGateways(options);
  const origins = new Origins(() => gateways().own);
  const sessions = new Sessions({
    idleMs: limits.sessionIdleMs,
    lifeMs: limits.sessionLifeMs,
    perIdentityMax: limits.sessionsPerIdentity,
  });
  const limiter = new RateLimiter({
    tokensPerSecond: limits.requestsPerSecond,
    burst: limits.requestsBurst,
    addressesMax: identitiesMax,
  });
  const follower = new BlockFollower(options.queries, (listener) => options.node.subscribe(listener));
  return {
    ...options,
    limits,
    clientAddress: clientAddressBy(options.trustedProxies),
    admission: new Admission({ self, state, sessions, origins, limiter, wallMs }),
    sessions,
    challenges: new Challenges({
      lifeMs: limits.challengeMs,
      countMax: limits.challengesMax,
      perAddressMax: limits.challengesPerAddress,
    }),
    codes: new SignInCodes(),
    origins,
    follower,
    waiters: new CertifiedWaiters(options.queries, follower),
    recorder: startRecorder(options.node, {
      wallMs,
      monotonicMs: () => performance.now(),
      reachable: () => reachableCount(options),
    }),
    exports: new Exports(options.queries, options.network),
    submissions: new SubmissionMemory(),
    gateways: () => gateways().all,
    startedAtMs: wallMs(),
    wallMs,
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function close(context: GatewayContext, server: Server, subscriptions: Subscriptions): Promise<void> {
  await subscriptions.close();
  context.waiters.close();
  context.follower.close();
  context.recorder.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
