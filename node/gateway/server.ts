/** Starts and stops the gateway: HTTP, and the WebSocket of subscriptions on the same port. */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gatewayApp } from './app.ts';
import { BlockFollower } from './block-follower.ts';
import { CertifiedWaiters } from './certified-waiters.ts';
import type { GatewayContext } from './context.ts';
import { gatewayOrigins } from './http/cross-origin.ts';
import { defaultLimits, type GatewayOptions } from './ports.ts';
import { Subscriptions } from './stream/subscriptions.ts';
import { SubmissionMemory } from './submission-memory.ts';

export interface Gateway {
  /** `http(s)://host:port` without a slash at the end. */
  readonly url: string;
  /** Open subscriptions, and sockets that have not subscribed yet. */
  subscribers(): number;
  /** Tells subscribers where to resume, ends connections, resolves when the port is free. */
  close(): Promise<void>;
}

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
  const context = contextOf(options);
  const app = gatewayApp(context);
  const { headersMs, requestMs, idleMs, connectionsMax } = context.limits;
  const patience = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
  };
  const server: Server = tls
    ? createHttpsServer({ ...patience, ...tls, minVersion: 'TLSv1.3' }, app)
    : createHttpServer(patience, app);
  server.maxConnections = connectionsMax;
  server.setTimeout(idleMs);
  const subscriptions = new Subscriptions(context, server);
  await listening(server, listen.host, listen.port);
  const { port } = server.address() as AddressInfo;
  const url = `${tls ? 'https' : 'http'}://${listen.host}:${port}`;
  options.log.write('info', 'gateway-listening', { url });
  return { url, subscribers: () => subscriptions.count, close: () => close(context, server, subscriptions) };
}

function contextOf(options: GatewayOptions): GatewayContext {
  const wallMs = options.wallMs ?? Date.now;
  const follower = new BlockFollower(options.queries, (listener) => options.node.subscribe(listener));
  return {
    ...options,
    limits: { ...defaultLimits, ...options.limits },
    follower,
    waiters: new CertifiedWaiters(options.queries, follower),
    submissions: new SubmissionMemory(),
    gateways: gatewayOrigins(options.genesis.validators.map(({ gateway }) => gateway)),
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
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
