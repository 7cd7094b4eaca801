/** Metrics for Prometheus on a listener of their own: it cannot sign in, and must get through when clients do not. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayContext } from '../context.ts';
import { isOwnHost } from '../http/own-host.ts';
import { expositionType, renderMetrics } from './exposition.ts';
import { allMetrics } from './node-metrics.ts';

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

export interface MetricsListener {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws Error `metrics-beyond-loopback` */
export function requireLoopback(host: string): void {
  if (!loopback.has(host)) throw new Error(`metrics-beyond-loopback: ${host} is not loopback`);
}

/** @throws what listening throws, such as EADDRINUSE */
export async function startMetrics(context: GatewayContext): Promise<MetricsListener | undefined> {
  const { metricsListen, limits } = context;
  if (metricsListen === undefined) return undefined;
  const { host, port } = metricsListen;
  const patience = { headersTimeout: limits.headersMs, requestTimeout: limits.headersMs };
  const server = createServer(patience, (request, response) => {
    if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    // A page of some site whose name points here must not read them.
    if (!isOwnHost(request.headers.host, [])) {
      response.writeHead(421).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': expositionType, 'Cache-Control': 'no-store' });
    response.end(renderMetrics(allMetrics(context)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}/metrics`;
  context.log.write('info', 'metrics-listening', { url });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
