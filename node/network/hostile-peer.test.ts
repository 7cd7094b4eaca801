/** A peer that holds a validator's node key and abuses the connection: what it costs is bounded, and named. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { encodeFrame, encodePong, frameKind } from './frames.ts';
import { call, closeOf, good, greeted, helloFrame, startVictim, stopAll } from './test-support/victim.ts';

afterEach(stopAll);

const peer = 'b' as ValidatorId;
const payload = (byte: number): Uint8Array => encodeFrame(frameKind.payload, Uint8Array.of(byte));

/** Bytes on the wire below WebSocket (RFC 6455, section 5.2), masked with zeros. */
function writeRaw(ws: WebSocket, head: number, content: readonly number[]): void {
  const { _socket: socket } = ws as unknown as { _socket: Socket };
  socket.write(Uint8Array.of(head, 0x80 | content.length, 0, 0, 0, 0, ...content));
}
const [finalBit, compressedBit, binary, continuation] = [0x80, 0x40, 0x02, 0x00];

describe('frames', () => {
  it('that say they are compressed end the link', async () => {
    const { victim, ws } = await greeted();
    const closed = closeOf(ws);
    writeRaw(ws, finalBit | compressedBit | binary, [4, 1]);
    await closed;
    await expect.poll(() => victim.codes).toContain('link-bad-frame');
    expect(victim.received).toEqual([]);
  });

  it('in a few pieces are put together, in very many they end the link', async () => {
    const { victim, ws } = await greeted();
    writeRaw(ws, binary, [frameKind.payload]);
    writeRaw(ws, continuation, [7]);
    writeRaw(ws, finalBit | continuation, [8]);
    await expect.poll(() => victim.received).toEqual([Uint8Array.of(7, 8)]);
    const closed = closeOf(ws);
    writeRaw(ws, binary, [frameKind.payload]);
    for (let piece = 0; piece < 100; piece++) writeRaw(ws, continuation, [piece]);
    await closed;
    await expect.poll(() => victim.codes).toContain('link-bad-frame');
  });
});

describe('a pong', () => {
  it.each([
    [Number.NaN, 0],
    [0, Number.NaN],
    [Number.POSITIVE_INFINITY, 0],
    [Number.MAX_VALUE, Number.MAX_VALUE],
  ])('of the times %d and %d ends the link, and nothing is measured by it', async (arrivedAt, sentAt) => {
    const { victim, ws } = await greeted({ pingMs: 60_000 });
    const closed = closeOf(ws);
    ws.send(encodePong({ number: 1, arrivedAt, sentAt }));
    await closed;
    await expect.poll(() => victim.codes).toContain('link-bad-frame');
    for (const { roundTripMs, clockOffsetMs } of victim.links.peers())
      expect([roundTripMs, clockOffsetMs]).toEqual([undefined, undefined]);
  });
});

describe('a peer that does not read', () => {
  it('is sent no more than the buffer holds', async () => {
    const { victim, ws } = await greeted({ sendBufferBytesMax: 200_000, pingMs: 60_000 });
    ws.pause();
    for (let sent = 0; sent < 5_000; sent++) victim.links.send(peer, new Uint8Array(9_000));
    const [report] = victim.links.peers();
    expect(report?.bufferedBytes).toBeLessThan(220_000);
    expect(report?.framesDropped).toBeGreaterThan(4_000);
  });

  it('gets no answers to the pings of WebSocket, which would pile up', async () => {
    const { victim, ws } = await greeted({ pingMs: 60_000 });
    let pongs = 0;
    ws.on('pong', () => {
      pongs += 1;
    });
    for (let sent = 0; sent < 200; sent++) ws.ping();
    ws.send(payload(1));
    await expect.poll(() => victim.received).toHaveLength(1);
    victim.links.send(peer, Uint8Array.of(2));
    await new Promise((resolve) => ws.once('message', resolve));
    expect(pongs).toBe(0);
  });

  it('and says nothing is given up', async () => {
    const { victim, ws } = await greeted({ pingMs: 20 });
    await new Promise((resolve) => ws.once('close', resolve));
    expect(victim.codes).toContain('link-silent');
  });
});

describe('a flood', () => {
  it('of useless messages is read slowly, and nothing of it is lost', async () => {
    const { victim, ws } = await greeted({
      onFrame: (links) => links.useless?.(peer),
      readBurstMs: 20,
      readShare: 0.9,
      pingMs: 60_000,
    });
    for (let sent = 0; sent < 100; sent++) ws.send(payload(sent));
    await expect.poll(() => victim.received.length, { timeout: 20_000 }).toBe(100);
    expect(victim.codes).toContain('link-read-slowly');
    expect(victim.links.peers()[0]?.pausedMs).toBeGreaterThan(0);
  });

  it('gets no fresh budget by calling again', async () => {
    const { victim, ws } = await greeted({
      onFrame: (links) => links.useless?.(peer),
      readBurstMs: 20,
      readShare: 0.0001,
      pingMs: 60_000,
    });
    for (let sent = 0; sent < 100; sent++) ws.send(payload(sent));
    await expect.poll(() => victim.links.peers()[0]?.pausedMs).toBeGreaterThan(0);
    const handled = victim.received.length;
    ws.terminate();
    await expect.poll(() => victim.links.open()).toEqual([]);
    const again = await call(victim);
    again.send(helloFrame(good));
    again.send(payload(0));
    await expect.poll(() => victim.received.length).toBeGreaterThan(handled);
    expect(victim.links.peers()[0]?.pausedMs).toBeGreaterThan(0);
  });

  it('of honest messages is not slowed down', async () => {
    const { victim, ws } = await greeted({ pingMs: 60_000 });
    for (let sent = 0; sent < 100; sent++) ws.send(payload(sent));
    await expect.poll(() => victim.received.length).toBe(100);
    expect(victim.links.peers()[0]?.pausedMs).toBe(0);
  });
});

describe('many connections', () => {
  it('of strangers: the oldest go, and a peer still gets in', async () => {
    const victim = await startVictim({ strangersMax: 8 });
    const strangers = Array.from({ length: 60 }, () => connect(victim.port, '127.0.0.1'));
    const open = new Set(strangers);
    for (const socket of strangers) {
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    await expect.poll(() => open.size).toBe(8);
    const ws = await call(victim);
    ws.send(helloFrame(good));
    await expect.poll(() => victim.links.open()).toEqual([peer]);
    for (const socket of strangers) socket.destroy();
  });

  it('of a peer that lets its two keys replace one another: the oldest go', async () => {
    const victim = await startVictim({ greetingsPerPeerMax: 2, pingMs: 60_000 });
    const open = new Set<WebSocket>();
    for (let called = 0; called < 12; called++) {
      const ws = await call(victim, called % 2 === 0 ? victim.peerCertificate : victim.otherCertificate);
      open.add(ws);
      ws.on('close', () => open.delete(ws));
      ws.send(helloFrame(good));
      await new Promise((resolve) => ws.once('message', resolve));
    }
    // One link and two that drain, long before their patience is over.
    await expect.poll(() => open.size).toBe(3);
    expect(victim.links.open()).toEqual([peer]);
  });

  it('of a peer that never says hello: the oldest go', async () => {
    const victim = await startVictim({ greetingsPerPeerMax: 2 });
    const first = await call(victim);
    const closed = closeOf(first);
    await call(victim);
    const third = await call(victim);
    await closed;
    third.send(helloFrame(good));
    await expect.poll(() => victim.links.open()).toEqual([peer]);
  });
});
