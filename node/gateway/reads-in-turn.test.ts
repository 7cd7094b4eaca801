/** Requests that come together are answered one in each turn of the event loop: a read takes the time of votes. */
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { apiPrefix } from '../../shared/api.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
afterEach(() => gateway.close());

/** As they are sent over one connection, without waiting for answers. */
function requestsOf(path: string, token: string, count: number): string {
  const { host } = new URL(gateway.url);
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${token}`, '', ''];
  return lines.join('\r\n').repeat(count);
}

test('however many come in one piece over one connection', async () => {
  gateway = await startTestGateway();
  const { ledger, url } = gateway;
  let turn = 0;
  let isOver = false;
  const count = (): void => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  const turns: number[] = [];
  const blocks = ledger.blocks.bind(ledger);
  ledger.blocks = (...asked) => {
    turns.push(turn);
    return blocks(...asked);
  };
  const { hostname, port } = new URL(url);
  const requests = requestsOf(`${apiPrefix}/blocks?limit=1000`, await gateway.token('admin'), 16);
  const socket = connect(Number(port), hostname);
  let answered = '';
  setImmediate(count);
  await new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      answered += String(data);
      if (answered.split('HTTP/1.1 200 OK').length > 16) resolve();
    });
    socket.write(requests);
  });
  isOver = true;
  socket.destroy();
  expect([turns.length, new Set(turns).size]).toEqual([16, 16]);
});

test('a connection that asks for more than a few before it reads an answer is hung up', async () => {
  gateway = await startTestGateway();
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  socket.write(requestsOf('/healthz', 'nobody', 2_000));
  socket.write(requestsOf(`${apiPrefix}/blocks`, await gateway.token('admin'), 2_000));
  await closed;
  expect((await gateway.ask(`${apiPrefix}/status`)).status).toBe(200);
  expect(gateway.logged.filter(({ code }) => code === 'gateway-request').length).toBeLessThan(100);
});
