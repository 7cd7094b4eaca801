import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ServerMessage, serverMessageSchema } from '../../../shared/api.ts';
import { keyOfRole } from '../test-support/consortium.ts';
import { type StartedGateway, startTestGateway } from '../test-support/started-gateway.ts';

let gateway: StartedGateway;
afterEach(() => gateway.close());

interface Client {
  readonly socket: WebSocket;
  /** The next message. */
  next(): Promise<ServerMessage>;
  readonly closed: Promise<number>;
}

async function connect(headers: Record<string, string> = {}, path = '/api/v1/subscribe'): Promise<Client> {
  const authorization = `Bearer ${await gateway.token('admin')}`;
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, {
    headers: { authorization, ...headers },
  });
  const arrived: ServerMessage[] = [];
  const waiting: ((message: ServerMessage) => void)[] = [];
  socket.on('message', (data) => {
    const message = serverMessageSchema.parse(JSON.parse(String(data)));
    const waiter = waiting.shift();
    if (waiter) waiter(message);
    else arrived.push(message);
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const next = (): Promise<ServerMessage> =>
    new Promise((resolve) => {
      const message = arrived.shift();
      if (message) resolve(message);
      else waiting.push(resolve);
    });
  return { socket, next, closed };
}

test('blocks arrive live, then the gateway says where to resume and closes', async () => {
  gateway = await startTestGateway();
  const client = await connect();
  client.socket.send(JSON.stringify({ type: 'subscribe', topic: 'blocks', from: 'now' }));
  expect(await client.next()).toMatchObject({ type: 'subscribed', next: 1 });
  gateway.node.certify();
  expect(await client.next()).toMatchObject({ type: 'block', position: 1, next: 2, block: { height: 1 } });
  const closing = gateway.close();
  expect(await client.next()).toMatchObject({ type: 'resume-from', next: 2 });
  expect(await client.closed).toBe(1012);
  await closing;
});

test('heartbeats come when it is quiet', async () => {
  gateway = await startTestGateway({ limits: { heartbeatMs: 20 } });
  const client = await connect();
  client.socket.send(JSON.stringify({ type: 'subscribe', topic: 'events', from: 0 }));
  await client.next();
  expect(await client.next()).toMatchObject({ type: 'heartbeat', next: 0, height: 0 });
  client.socket.close();
});

test.each([
  ['not json', 'malformed-json'],
  ['{"type":"subscribe","topic":"weather","from":0}', 'invalid-request'],
  ['{"type":"subscribe","topic":"blocks","from":-1}', 'invalid-request'],
  ['{"type":"subscribe","topic":"blocks"}', 'invalid-request'],
])('%s is refused as %s and closes', async (text, code) => {
  gateway = await startTestGateway();
  const client = await connect();
  client.socket.send(text);
  expect(await client.next()).toMatchObject({ type: 'problem', problem: { code } });
  expect(await client.closed).toBe(1008);
});

test('a second subscription on one socket is refused', async () => {
  gateway = await startTestGateway();
  const client = await connect();
  const text = JSON.stringify({ type: 'subscribe', topic: 'blocks', from: 'now' });
  client.socket.send(text);
  await client.next();
  client.socket.send(text);
  expect(await client.next()).toMatchObject({ type: 'problem', problem: { code: 'invalid-request' } });
  await client.closed;
});

test.each([
  [{ Origin: 'https://example.org' }, '/api/v1/subscribe', '403'],
  [{}, '/elsewhere', '404'],
])('an upgrade with %o at %s is refused with %s', async (headers, path, status) => {
  gateway = await startTestGateway();
  await expect(connect(headers as Record<string, string>, path)).rejects.toThrow(status);
});

test('more subscribers than allowed are sent elsewhere', async () => {
  gateway = await startTestGateway({ limits: { subscriptionsMax: 1 } });
  const first = await connect();
  await expect(connect()).rejects.toThrow('503');
  first.socket.close();
});

/** Status of an upgrade with this session; the socket stays open. */
const upgraded = (token?: string): Promise<number> =>
  new Promise((resolve) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/v1/subscribe`, { headers });
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
    socket.on('error', () => undefined);
  });

test('one member leaves half of the subscriptions to the others, with however many sessions and identities', async () => {
  gateway = await startTestGateway({ limits: { subscriptionsMax: 8 } });
  const [admin, auditor] = [await gateway.token('admin'), await gateway.open(keyOfRole.auditor)];
  const statuses: number[] = [];
  for (let at = 0; at < 8; at += 1) statuses.push(await upgraded(at % 2 === 0 ? admin : auditor));
  expect(statuses).toEqual([101, 101, 101, 101, 503, 503, 503, 503]);
  expect(await upgraded(await gateway.open(keyOfRole.submitter))).toBe(101);
});

test('a token in the subscribe message counts for its member, too', async () => {
  gateway = await startTestGateway({ limits: { subscriptionsMax: 4 } });
  const token = await gateway.token('admin');
  expect([await upgraded(token), await upgraded(token)]).toEqual([101, 101]);
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/v1/subscribe`);
  await new Promise((resolve) => socket.once('open', resolve));
  const answered = new Promise((resolve) =>
    socket.once('message', (data) => resolve(JSON.parse(String(data)))),
  );
  socket.send(JSON.stringify({ type: 'subscribe', topic: 'blocks', from: 'now', token }));
  expect(await answered).toMatchObject({ type: 'problem', problem: { code: 'not-ready' } });
});

test('one address has a part of the places for sockets that nobody knows yet', async () => {
  gateway = await startTestGateway({ limits: { strangersMax: 8 } });
  expect([await upgraded(), await upgraded(), await upgraded()]).toEqual([101, 101, 503]);
});
