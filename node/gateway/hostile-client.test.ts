/** Clients that abuse connections, with real sockets: each costs a bounded amount and is cut off by name. */
import { BlockList, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import type { Role } from '../../shared/types/ledger.ts';
import { genesisTime, testEnvelope } from './test-support/consortium.ts';
import type { MemoryLedger } from './test-support/memory-ledger.ts';
import { type StartedGateway, startTestGateway } from './test-support/started-gateway.ts';

let gateway: StartedGateway;
const opened: { destroy(): void }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) one.destroy();
  await gateway.close();
});

async function subscriber(
  localAddress = '127.0.0.1',
): Promise<{ socket: WebSocket; closed: Promise<number>; texts: string[] }> {
  const authorization = `Bearer ${await gateway.token('admin')}`;
  const url = `${gateway.url.replace('http', 'ws')}/api/v1/subscribe`;
  const socket = new WebSocket(url, { headers: { authorization }, localAddress });
  opened.push({ destroy: () => socket.terminate() });
  const texts: string[] = [];
  socket.on('message', (data) => texts.push(String(data)));
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  return { socket, closed, texts };
}

function rawSocket(localAddress = '127.0.0.1'): Socket {
  const port = Number(new URL(gateway.url).port);
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  socket.resume();
  opened.push(socket);
  return socket;
}
const headOf = async (role: Role, length: string): Promise<string> => {
  const authorization = `Authorization: Bearer ${await gateway.token(role)}`;
  return `POST /api/v1/transactions HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n${length}\r\n\r\n`;
};
const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

/** What the gateway says first on this connection, which stays open. */
function answerOf(socket: Socket): Promise<string> {
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return new Promise((resolve, reject) => {
    socket.once('data', (bytes) => resolve(String(bytes)));
    socket.once('close', () => reject(new Error('hung up')));
  });
}

const subscribeBlocks = JSON.stringify({ type: 'subscribe', topic: 'blocks', from: 0 });
function commitLargeEvents(ledger: MemoryLedger, count: number, bytes: number): void {
  const data = 'x'.repeat(bytes);
  const events = Array.from({ length: count }, (_, index) => ({
    eventId: `e-${index}`,
    type: 'note',
    data,
    labels: {},
    references: [],
  }));
  const args = { stream: 'large', expectedRevision: 'any', events };
  const { network } = ledger;
  const envelope = testEnvelope({ network, action: 'streams.append', args, expiresAt: genesisTime + 9_000 });
  ledger.commit([decodeEnvelope(envelope)], genesisTime);
}

/** Masked with zeros (RFC 6455, section 5.2). */
const rawFrame = (head: number, content: readonly number[]): Uint8Array =>
  Uint8Array.of(head, 0x80 | content.length, 0, 0, 0, 0, ...content);
const write = (ws: WebSocket, bytes: Uint8Array): void => {
  (ws as unknown as { _socket: Socket })._socket.write(bytes);
};

describe('a subscriber', () => {
  test('whose message is too large is cut off', async () => {
    gateway = await startTestGateway();
    const { socket, closed } = await subscriber();
    socket.send('x'.repeat(20_000));
    expect(await closed).toBe(1009);
  });

  test('that sends compressed frames is cut off', async () => {
    gateway = await startTestGateway();
    const { socket, closed } = await subscriber();
    write(socket, rawFrame(0x80 | 0x40 | 0x01, [1, 2]));
    expect(await closed).toBe(1002);
  });

  test('whose message comes in a few pieces is understood, in endless ones cut off', async () => {
    gateway = await startTestGateway();
    const { socket, closed, texts } = await subscriber();
    const bytes = [...Buffer.from(subscribeBlocks)];
    write(socket, rawFrame(0x01, bytes.slice(0, 20)));
    write(socket, rawFrame(0x80, bytes.slice(20)));
    await expect.poll(() => texts[0]).toContain('subscribed');
    write(socket, rawFrame(0x01, [0x20]));
    for (let piece = 0; piece < 200; piece++) write(socket, rawFrame(0x00, [0x20]));
    expect(await closed).toBe(1008);
  });

  test('that says nothing is told so and let go', async () => {
    gateway = await startTestGateway({ limits: { heartbeatMs: 20, subscribeMs: 30 } });
    const { closed, texts } = await subscriber();
    expect(await closed).toBe(1008);
    expect(texts.at(-1)).toContain('No subscribe message came');
  });

  test('that is half open is found by its missing pong', async () => {
    gateway = await startTestGateway({ limits: { heartbeatMs: 20 } });
    const { socket, closed, texts } = await subscriber();
    socket.send(subscribeBlocks);
    await expect.poll(() => texts.length).toBeGreaterThan(0);
    // It neither reads nor answers any more, as after a cable was cut.
    (socket as unknown as { _socket: Socket })._socket.pause();
    await expect.poll(() => gateway.subscribers()).toBe(0);
    socket.terminate();
    await closed;
  });

  test('that answers pings but does not read costs one buffer, then is cut off', async () => {
    // A pong that comes later than one beat ends it as half open: a busy machine must have the time to send it.
    const limits = { heartbeatMs: 500, socketBufferBytes: 4_096, stuckBeatsMax: 2 };
    gateway = await startTestGateway({ limits });
    // More than the kernel keeps for a socket.
    commitLargeEvents(gateway.ledger, 200, 80_000);
    const { socket } = await subscriber();
    const below = (socket as unknown as { _socket: Socket })._socket;
    socket.send(JSON.stringify({ type: 'subscribe', topic: 'events', from: 0 }));
    below.pause();
    const answer = setInterval(() => below.write(rawFrame(0x8a, [])), 5);
    await expect
      .poll(() => gateway.logged.map(({ code }) => code), { timeout: 60_000 })
      .toContain('subscriber-stuck');
    clearInterval(answer);
    await expect.poll(() => gateway.subscribers()).toBe(0);
  }, 120_000);
});

describe('a client of the API', () => {
  test('that is refused a subscription and hangs up takes nobody with it', async () => {
    gateway = await startTestGateway();
    for (let attempt = 0; attempt < 50; attempt++) {
      const socket = rawSocket();
      const closed = closeOf(socket);
      const head =
        'GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
      socket.write(head, () => setImmediate(() => socket.resetAndDestroy()));
      await closed;
    }
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  test('that is refused a subscription and does not hang up is hung up', async () => {
    gateway = await startTestGateway();
    const socket = connect({ port: Number(new URL(gateway.url).port), allowHalfOpen: true });
    opened.push(socket);
    socket.resume();
    socket.on('error', () => undefined);
    socket.write(
      'GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('end', resolve));
    const sending = setInterval(() => socket.write('more'), 5);
    await closeOf(socket);
    clearInterval(sending);
  });

  test('whose name of us is a strange one reads nothing (DNS rebinding)', async () => {
    gateway = await startTestGateway();
    const { port } = new URL(gateway.url);
    const answerTo = async (host: string, path: string, upgrade = ''): Promise<string> => {
      const socket = rawSocket();
      let text = '';
      socket.on('data', (data) => {
        text += String(data);
      });
      const authorization = `Authorization: Bearer ${await gateway.token('admin')}\r\n`;
      const headers = `Host: ${host}\r\nOrigin: http://${host}\r\n${authorization}${upgrade || 'Connection: close\r\n'}`;
      socket.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n`);
      await closeOf(socket);
      return text;
    };
    for (const path of ['/api/v1/status', '/metrics', '/healthz', '/']) {
      const text = await answerTo(`attacker.example:${port}`, path);
      expect(text).toMatch(/^HTTP\/1.1 421 /);
      expect(text).toContain('"code":"misdirected"');
      expect(text).not.toContain('Access-Control-Allow-Origin');
    }
    const upgrade =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
    expect(await answerTo(`attacker.example:${port}`, '/api/v1/subscribe', upgrade)).toMatch(
      /^HTTP\/1.1 421 /,
    );
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, 'LOCALHOST'])
      expect(await answerTo(host, '/api/v1/status')).toMatch(/^HTTP\/1.1 200 /);
  });

  test('that packs its body is told that this is not read here: it would take more than was set aside', async () => {
    gateway = await startTestGateway();
    for (const encoding of ['gzip', 'br', 'none-such']) {
      const answer = await gateway.ask('/api/v1/transactions', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Encoding': encoding },
        body: gzipSync('{}'),
      });
      expect(answer.status).toBe(415);
      expect(await answer.json()).toMatchObject({
        code: 'unsupported-media-type',
        facts: { contentEncoding: encoding },
      });
    }
    expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('that begins a request and never ends its head is hung up', async () => {
    gateway = await startTestGateway({ limits: { headersMs: 50, requestMs: 60 } });
    const socket = rawSocket();
    socket.write('GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n');
    await closeOf(socket);
  });

  test('that announces a body and never sends it is hung up', async () => {
    gateway = await startTestGateway({ limits: { headersMs: 50, requestMs: 60 } });
    const socket = rawSocket();
    socket.write('POST /api/v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
    await closeOf(socket);
  });

  test('that opens more connections than there are is hung up; when some go, there is room', async () => {
    gateway = await startTestGateway({ limits: { connectionsMax: 3 } });
    const sockets = Array.from({ length: 3 }, () => rawSocket());
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    await closeOf(rawSocket());
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(() =>
        fetch(`${gateway.url}/healthz`, { signal: AbortSignal.timeout(200) }).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
  });

  test('that opens more connections than one address may have is hung up, and others are not', async () => {
    gateway = await startTestGateway({ limits: { connectionsPerAddress: 3 } });
    const sockets = Array.from({ length: 3 }, () => rawSocket('127.0.0.7'));
    await Promise.all(sockets.map(answerOf));
    const [one, two] = [rawSocket('127.0.0.7'), rawSocket('127.0.0.7')];
    await Promise.all([closeOf(one), closeOf(two)]);
    const full = gateway.logged.filter(({ code }) => code === 'connections-of-address-full');
    expect(full).toMatchObject([{ level: 'warn', facts: { address: '127.0.0.7', connectionsMax: 3 } }]);
    expect(await answerOf(rawSocket('127.0.0.8'))).toContain('200 OK');
    sockets[0]!.destroy();
    // Until the gateway has heard that it is gone.
    const again = async (): Promise<string> => answerOf(rawSocket('127.0.0.7')).catch(() => 'hung up');
    await expect.poll(again, { timeout: 30_000 }).toContain('200 OK');
  });

  test('a subscription counts like any connection of its address', async () => {
    gateway = await startTestGateway({ limits: { connectionsPerAddress: 2 } });
    await subscriber('127.0.0.7');
    await answerOf(rawSocket('127.0.0.7'));
    await closeOf(rawSocket('127.0.0.7'));
  });

  test('a trusted proxy brings as many as it likes', async () => {
    const trustedProxies = new BlockList();
    trustedProxies.addAddress('127.0.0.7');
    gateway = await startTestGateway({ limits: { connectionsPerAddress: 1 }, trustedProxies });
    const answers = Array.from({ length: 5 }, () => answerOf(rawSocket('127.0.0.7')));
    expect((await Promise.all(answers)).every((head) => head.includes('200 OK'))).toBe(true);
  });

  test('bodies together have a bound; who comes later is told when to come again', async () => {
    gateway = await startTestGateway({ limits: { bodiesBytesMax: 1_000 } });
    const first = rawSocket();
    first.write(`${await headOf('submitter', 'Content-Length: 900')}{`);
    const post = (): Promise<Response> =>
      gateway.ask(`/api/v1/transactions`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ envelope: 'A'.repeat(400) }),
      });
    await expect.poll(async () => (await post()).status).toBe(503);
    const refused = await post();
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'not-ready', facts: { bytesMax: 1_000, held: 900 } });
    first.destroy();
    await expect.poll(async () => (await post()).status).toBe(400);
  });

  test('requests that one caller leaves open, which do not say how long they are, keep nobody else out', async () => {
    gateway = await startTestGateway({ limits: { bodyBytesMax: 1_000, bodiesBytesMax: 8_000 } });
    const chunked = await headOf('submitter', 'Transfer-Encoding: chunked');
    const sockets = Array.from({ length: 12 }, () => rawSocket());
    const answers = sockets.map(
      (socket) => new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data)))),
    );
    for (const socket of sockets) socket.write(`${chunked}1\r\n{\r\n`);
    const refused = await Promise.race(answers);
    expect(refused).toContain('503');
    expect(refused).toContain('"bytesMax":2000');
    const other = await gateway.ask(`/api/v1/transactions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ envelope: 'A'.repeat(400) }),
    });
    expect(other.status).toBe(400);
  });
});
