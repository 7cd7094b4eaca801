/** One connection takes the place of another while frames are on their way: none is lost, or the runtime is told. */
import { createServer } from 'node:https';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { encodeFrame, frameKind } from './frames.ts';
import {
  eventually,
  type Identity,
  identities,
  networkA,
  running,
  startNode,
  stopNodes,
  textsOf,
} from './test-support/nodes.ts';
import { call, closeOf, good, greeted, helloFrame, stopAll } from './test-support/victim.ts';

afterEach(stopNodes);
afterEach(stopAll);

const payload = (byte: number) => encodeFrame(frameKind.payload, Uint8Array.of(byte));

describe('a replaced connection', () => {
  it('is read to its end, also when it is read slowly', async () => {
    const { victim, ws } = await greeted({
      readBurstMs: 5,
      readShare: 0.9,
      pingMs: 60_000,
      onFrame: (links) => links.spend?.(good.validator, 2),
    });
    const next = await call(victim, victim.otherCertificate);
    for (let sent = 0; sent < 50; sent++) ws.send(payload(sent));
    next.send(helloFrame(good));
    ws.close(4010, 'link-replaced');
    await expect.poll(() => victim.received.length, { timeout: 15_000 }).toBe(50);
    expect(victim.story).toEqual(['opened b']);
  });

  it('that breaks off tells the runtime to send again', async () => {
    const { victim, ws } = await greeted({ pingMs: 60_000 });
    const next = await call(victim, victim.otherCertificate);
    next.send(helloFrame(good));
    await new Promise((resolve) => next.once('message', resolve));
    ws.terminate();
    await expect.poll(() => victim.story).toEqual(['opened b', 'closed b', 'opened b']);
    expect(victim.codes).toContain('link-frames-lost');
    expect(victim.links.open()).toEqual(['b']);
  });

  it('whose peer does not say goodbye is ended after a while', async () => {
    const { victim, ws } = await greeted({ pingMs: 60_000, handshakeTimeoutMs: 200 });
    const next = await call(victim, victim.otherCertificate);
    next.send(helloFrame(good));
    const reason = await new Promise((resolve) => ws.once('close', (_code, text) => resolve(String(text))));
    expect(reason).toBe('link-replaced');
    expect(victim.story).toEqual(['opened b']);
  });

  it('is left to its dialler to end, who is the last to learn of the other', async () => {
    const { victim, ws } = await greeted({ pingMs: 60_000 });
    const closed = vi.fn();
    ws.on('close', closed);
    const next = await call(victim, victim.otherCertificate);
    next.send(helloFrame(good));
    await new Promise((resolve) => next.once('message', resolve));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(closed).not.toHaveBeenCalled();
    ws.send(payload(7));
    await expect.poll(() => victim.received).toEqual([Uint8Array.of(7)]);
    victim.links.send(good.validator, Uint8Array.of(8));
    const [kind, content] = (await new Promise<Buffer>((resolve) => next.once('message', resolve))) as Buffer;
    expect([kind, content]).toEqual([frameKind.payload, 8]);
  });
});

describe('of two connections that cross', () => {
  it('the one that goes is read to its end too: its peer may have been quicker', async () => {
    const [a, b] = (await identities('a', 'b')) as [Identity, Identity];
    const peer = await startRawServer(a);
    const node = await startNode(b, [a.entry, b.entry], { limits: { pingMs: 60_000 } });
    const dialled = await peer.connection;
    // The peer's own connection is open first, and that of the smaller id stays.
    const own = await callAs(a, b);
    own.send(helloFrame({ ...good, network: networkA, validator: a.entry.id }));
    await eventually(() => expect(node.links.peers()).toMatchObject([{ dialer: 'a' }]));
    const farewell = closeOf(dialled);
    dialled.send(helloFrame({ ...good, network: networkA, validator: a.entry.id }));
    dialled.send(payload(9));
    await eventually(() => expect(textsOf(node)).toEqual(['\t']));
    expect(await farewell).toBe('link-replaced');
    expect(node.story).toEqual(['opened a']);
  });
});

async function startRawServer({ certificate, entry }: Identity) {
  const { keyPem: key, certificatePem: cert } = certificate;
  const server = createServer({ key, cert, requestCert: true, rejectUnauthorized: false });
  const upgrader = new WebSocketServer({ server });
  const connection = new Promise<WebSocket>((resolve) => upgrader.once('connection', resolve));
  await new Promise<void>((resolve) =>
    server.listen(Number(new URL(entry.address).port), '127.0.0.1', resolve),
  );
  running.push({
    stop: () =>
      new Promise((resolve) => {
        for (const ws of upgrader.clients) ws.terminate();
        server.close(() => resolve());
      }),
  });
  return { connection };
}

const callAs = (caller: Identity, { entry }: Identity): Promise<WebSocket> =>
  call({ peerCertificate: caller.certificate, port: Number(new URL(entry.address).port) });
