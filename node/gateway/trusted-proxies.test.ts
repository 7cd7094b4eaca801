/** Limits by address behind a load balancer: each of its clients has its own. */
import { BlockList } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
afterEach(() => gateway.close());

const limits = { requestsPerSecond: 0.001, requestsBurst: 2 };
const statusesOf = (...clients: readonly string[]): Promise<number[]> =>
  clients.reduce<Promise<number[]>>(async (before, client) => {
    const statuses = await before;
    const headers = { 'X-Forwarded-For': client };
    const response = await fetch(`${gateway.url}/api/v1/genesis`, { headers });
    await response.arrayBuffer();
    return [...statuses, response.status];
  }, Promise.resolve([]));

test('behind a trusted proxy each client has a limit of its own', async () => {
  const trustedProxies = new BlockList();
  trustedProxies.addAddress('127.0.0.1');
  gateway = await startTestGateway({ limits, trustedProxies });
  expect(await statusesOf('192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2')).toEqual([200, 200, 429, 200]);
});

test('whoever is not named as a proxy cannot choose its address', async () => {
  gateway = await startTestGateway({ limits });
  expect(await statusesOf('192.0.2.1', '192.0.2.2', '192.0.2.3')).toEqual([200, 200, 429]);
});
