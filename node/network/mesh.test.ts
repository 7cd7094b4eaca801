import { type AddressInfo, createServer, connect as tcpConnect } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import type { PeerAddress } from './peer-book.ts';
import {
  eventually,
  findLine,
  freePort,
  type Identity,
  identities,
  identity,
  idOf,
  networkB,
  portOf,
  running,
  startNode,
  stopNodes,
  type TestNode,
  text,
} from './test-support/nodes.ts';

afterEach(stopNodes);

describe('a mesh', () => {
  it('of two links both ways, delivers frames in order and measures the peer', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const book = [a.entry, b.entry];
    const first = await startNode(a, book);
    const second = await startNode(b, book, { wallMs: () => Date.now() + 60_000 });
    await eventually(() => expect(first.links.open()).toEqual(['b']));
    await eventually(() => expect(second.links.open()).toEqual(['a']));
    for (const word of ['one', 'two', 'three']) first.links.send(idOf('b'), text(word));
    second.links.send(idOf('a'), text('back'));
    await eventually(() => expect(second.received.map((one) => one.text)).toEqual(['one', 'two', 'three']));
    await eventually(() => expect(first.received).toEqual([{ from: 'b', text: 'back', kind: 'validator' }]));
    await eventually(() => expect(first.links.peers()[0]?.clockOffsetMs).toBeGreaterThan(55_000));
    expect(first.links.peers()[0]).toMatchObject({
      id: 'b',
      open: true,
      software: 'test 1',
      framesDropped: 0,
    });
    expect(first.links.peers()[0]?.roundTripMs).toBeGreaterThanOrEqual(0);
  });

  it('of four is full, with one link for each pair that both ends name alike', async () => {
    const all = await identities('a', 'b', 'c', 'd');
    const book = all.map(({ entry }) => entry);
    const nodes = await Promise.all(all.map((one) => startNode(one, book)));
    const dialers = () => nodes.map((node) => node.links.peers().map(({ id, dialer }) => [id, dialer]));
    await eventually(() => {
      for (const node of nodes) expect(node.links.open()).toHaveLength(3);
      for (const [i, node] of nodes.entries()) {
        for (const [id, dialer] of dialers()[i]!) {
          const other = nodes[book.findIndex((entry) => entry.id === id)]!;
          const back = other.links.peers().find((peer) => peer.id === book[i]!.id);
          expect([node.links.open().length, back?.dialer]).toEqual([3, dialer]);
        }
      }
    });
  });

  it('dials again when a peer was stopped and came back, with a new session', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const book = [a.entry, b.entry];
    const first = await startNode(a, book);
    const second = await startNode(b, book);
    await eventually(() => expect(first.links.open()).toEqual(['b']));
    await second.links.stop();
    await eventually(() => expect(first.links.open()).toEqual([]));
    expect(first.story.at(-1)).toBe('closed b');
    const again = await startNode(b, book);
    await eventually(() => expect(first.story.at(-1)).toBe('opened b'));
    await eventually(() => {
      // The two may still settle which of their connections stays, and frames are lost with the other.
      first.links.send(idOf('b'), text('hello again'));
      expect(again.received[0]).toEqual({ from: 'a', text: 'hello again', kind: 'validator' });
    });
  });

  it('loses no frame when both ends dial at once and one connection goes', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const book = [a.entry, b.entry];
    // Neither waits for the other: their first attempts cross.
    const limits = { backOffMinMs: 1, backOffMaxMs: 1 };
    const [first, second] = await Promise.all([
      startNode(a, book, { limits }),
      startNode(b, book, { limits }),
    ]);
    const both = [
      [first, second, 'b'],
      [second, first, 'a'],
    ] as const;
    for (const [node, , peer] of both) await eventually(() => expect(node.links.open()).toEqual([peer]));
    const sent = [0, 0];
    for (let round = 0; round < 50; round++) {
      for (const [index, [node, , peer]] of both.entries()) {
        if (node.links.open().length === 0) continue;
        node.links.send(idOf(peer), text(String(sent[index]!++)));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [index, [, receiver]] of both.entries()) {
      await eventually(() =>
        expect(new Set(receiver.received.map((one) => one.text)).size).toBe(sent[index]),
      );
    }
  });

  it('drops frames to a peer without a link and to a stranger', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const first = await startNode(a, [a.entry, b.entry]);
    first.links.send(idOf('b'), text('nobody there'));
    first.links.send(idOf('nobody'), text('nobody there'));
    expect(first.links.open()).toEqual([]);
  });
});

describe('admission', () => {
  it('refuses a dialler with an unknown key, by name on both sides', async () => {
    const [a, b, impostor] = (await identities('a', 'b', 'b')) as [Identity, Identity, Identity];
    const honest = await startNode(a, [a.entry, b.entry]);
    const stranger = await startNode(impostor, [a.entry, impostor.entry]);
    await eventually(() => expect(findLine(honest, 'link-refused-unknown-key', 'us')).toBeDefined());
    await eventually(() => expect(findLine(stranger, 'link-refused-unknown-key', 'peer')).toBeDefined());
    expect(findLine(honest, 'link-refused-unknown-key', 'us')?.facts.nodeKey).toBe(
      impostor.entry.nodeKeys[0],
    );
    expect([honest.story, stranger.story]).toEqual([[], []]);
  });

  it('refuses a server with an unknown key, by name on both sides', async () => {
    const a = await identity('a');
    const b = await identity('b');
    const impostor = await identity('b', Number(new URL(b.entry.address).port));
    const silentBook: PeerAddress[] = [{ ...a.entry, address: `wss://127.0.0.1:${await freePort()}` }];
    const stranger = await startNode(impostor, silentBook);
    const honest = await startNode(a, [a.entry, b.entry]);
    await eventually(() => expect(findLine(honest, 'link-refused-unknown-key', 'us')).toBeDefined());
    await eventually(() => expect(findLine(stranger, 'link-refused-unknown-key', 'peer')).toBeDefined());
    expect([honest.story, stranger.story]).toEqual([[], []]);
  });

  it("refuses another validator's server at a peer's address as a wrong identity", async () => {
    const [a, c] = (await identities('a', 'c')) as [Identity, Identity];
    const b = await identity('b', Number(new URL(c.entry.address).port));
    const book = [a.entry, b.entry, { ...c.entry, address: `wss://127.0.0.1:${await freePort()}` }];
    const third = await startNode(c, [{ ...a.entry, address: `wss://127.0.0.1:${await freePort()}` }]);
    const first = await startNode(a, book);
    await eventually(() => expect(findLine(first, 'link-refused-wrong-identity', 'us')).toBeDefined());
    await eventually(() => expect(findLine(third, 'link-refused-wrong-identity', 'peer')).toBeDefined());
    expect(first.links.open()).toEqual([]);
  });

  it('refuses a stolen name in the hello, by name on both sides', async () => {
    const [a, b, c] = (await identities('a', 'b', 'c')) as [Identity, Identity, Identity];
    const book = [a.entry, b.entry, c.entry];
    const honest = await startNode(a, book);
    const thief = await startNode(c, [a.entry], { id: 'b' });
    await eventually(() => expect(findLine(honest, 'link-refused-wrong-identity', 'us')).toBeDefined());
    await eventually(() => expect(findLine(thief, 'link-refused-wrong-identity', 'peer')).toBeDefined());
    expect(honest.story).toEqual([]);
  });

  it('refuses another network, by name on both sides', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const book = [a.entry, b.entry];
    const first = await startNode(a, book);
    const second = await startNode(b, book, { network: networkB });
    const named = (node: TestNode) =>
      ['us', 'peer'].some((by) => findLine(node, 'link-refused-wrong-network', by) !== undefined);
    await eventually(() => expect([named(first), named(second)]).toEqual([true, true]));
    expect([first.story, second.story]).toEqual([[], []]);
  });

  it('refuses a caller without a certificate and ordinary requests', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const node = await startNode(a, [a.entry, b.entry]);
    const answer = await exchange(portOf(a), upgradeRequest);
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*x-concordat-refusal: link-refused-unknown-key/);
    expect(await exchange(portOf(a), 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 426 /);
    expect(findLine(node, 'link-refused-unknown-key', 'us')?.facts.nodeKey).toBe('none');
  });

  it('speaks TLS 1.3 only and resumes no session', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    await startNode(a, [a.entry, b.entry]);
    const { keyPem: key, certificatePem: cert } = b.certificate;
    const old = await new Promise<string>((resolve) => {
      const socket = connect({
        port: portOf(a),
        host: '127.0.0.1',
        key,
        cert,
        maxVersion: 'TLSv1.2',
        rejectUnauthorized: false,
      });
      socket.once('error', (error) => resolve(error.message));
      socket.once('secureConnect', () => resolve('connected'));
    });
    expect(old).toMatch(/protocol version/);
    const tickets: Buffer[] = [];
    const first = await tlsConnect({ port: portOf(a), key, cert }, (ticket) => tickets.push(ticket));
    first.end('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    await new Promise((resolve) => first.once('close', resolve));
    const session = tickets.at(-1) ?? first.getSession();
    const second = await tlsConnect({ port: portOf(a), ...(session && { session }) });
    expect([second.isSessionReused(), second.getProtocol()]).toEqual([false, 'TLSv1.3']);
    second.destroy();
  });
});

describe('a link', () => {
  it('refuses to send a frame above the limit, and ends when a peer sends one', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const book = [a.entry, b.entry];
    const strict = await startNode(a, book, { limits: { frameBytesMax: 1_000 } });
    const lax = await startNode(b, book);
    await eventually(() => expect([strict.links.open(), lax.links.open()]).toEqual([['b'], ['a']]));
    strict.links.send(idOf('b'), new Uint8Array(1_000));
    expect(findLine(strict, 'link-frame-too-large', 'us')).toBeDefined();
    lax.links.send(idOf('a'), new Uint8Array(5_000));
    await eventually(() => expect(findLine(strict, 'link-frame-too-large', 'peer')).toBeDefined());
    await eventually(() => expect(strict.story.slice(-2)).toEqual(['closed b', 'opened b']));
    expect(strict.received).toEqual([]);
  });

  it('drops frames with a named line when the send buffer is full, and goes on once it drained', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const book = [a.entry, b.entry];
    const sender = await startNode(a, book, { limits: { sendBufferBytesMax: 200_000 } });
    const receiver = await startNode(b, book);
    await eventually(() => expect([sender.links.open(), receiver.links.open()]).toEqual([['b'], ['a']]));
    for (let i = 0; i < 10; i++) sender.links.send(idOf('b'), new Uint8Array(100_000));
    expect(findLine(sender, 'link-send-buffer-full')).toBeDefined();
    expect(sender.links.peers()[0]?.framesDropped).toBeGreaterThan(0);
    await eventually(() => expect(sender.links.peers()[0]?.bufferedBytes).toBe(0));
    sender.links.send(idOf('b'), text('after the flood'));
    await eventually(() => expect(receiver.received.at(-1)?.text).toBe('after the flood'));
  });

  it('that falls silent without a close is found dead and dialled again', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const wall = await startWall(portOf(b));
    const book = [a.entry, { ...b.entry, address: `wss://127.0.0.1:${wall.port}` }];
    // An attempt that began while nothing came through must not outlast the test.
    const first = await startNode(a, book, { limits: { handshakeTimeoutMs: 300, silentPingsMax: 4 } });
    // b does not know where a listens, so that the only link leads through the wall.
    const entries = [{ ...a.entry, address: `wss://127.0.0.1:${await freePort()}` }, b.entry];
    const second = await startNode(b, entries, { limits: { silentPingsMax: 4 } });
    await eventually(() => expect(first.links.open()).toEqual(['b']));
    wall.freeze();
    // Whoever finds out first ends the connection for both.
    const finds = () => [first, second].some((node) => findLine(node, 'link-silent') !== undefined);
    await eventually(() => expect(finds()).toBe(true));
    wall.thaw();
    await eventually(() => expect(first.story.slice(0, 2)).toEqual(['opened b', 'closed b']));
    await eventually(() => expect(first.links.open()).toEqual(['b']));
  });

  it('leaves no socket, server or timer behind when the node stops', async () => {
    const before = process.getActiveResourcesInfo().length;
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const book = [a.entry, b.entry];
    const first = await startNode(a, book);
    const second = await startNode(b, book);
    await eventually(() => expect([first.links.open(), second.links.open()]).toEqual([['b'], ['a']]));
    await Promise.all([first.links.stop(), second.links.stop()]);
    running.length = 0;
    expect(first.links.open()).toEqual([]);
    await eventually(() => expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before));
  });
});

const upgradeRequest = [
  'GET / HTTP/1.1',
  'host: x',
  'connection: upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

function tlsConnect(
  options: { port: number; key?: string; cert?: string; session?: Buffer },
  onTicket: (ticket: Buffer) => void = () => undefined,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.on('session', onTicket);
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(socket));
    socket.resume();
  });
}

async function exchange(port: number, request: string): Promise<string> {
  const socket = await tlsConnect({ port });
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  socket.write(request);
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

/** Forwards TCP, and can swallow everything without closing, as a broken network does. */
async function startWall(target: number) {
  let frozen = false;
  const sockets = new Set<import('node:net').Socket>();
  const server = createServer((near) => {
    const far = tcpConnect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (chunk) => frozen || to.write(chunk));
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push({
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
  };
}
