import { EventEmitter } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { encodeFrame, encodePing, frameKind } from './frames.ts';
import type { Hello } from './hello.ts';
import { type GreetedConnection, type Link, openLink, readBudgetOf } from './link.ts';
import { defaultLimits } from './options.ts';

/** A peer that sends and never reads: what is written stays in the buffer. */
class DeafSocket extends EventEmitter {
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  send(frame: Uint8Array): void {
    this.sent.push(frame);
    this.bufferedAmount += frame.length;
  }
}

const peer = 'v2' as ValidatorId;
const nodeKey = '0a'.repeat(32) as PublicKey;
const connectionOver = (socket: DeafSocket): GreetedConnection => ({
  ws: socket as unknown as WebSocket,
  keys: { own: nodeKey, peer: nodeKey },
  peer,
  hello: { validator: peer } as Hello,
  dialer: peer,
});
const sockets: DeafSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.emit('close', 1000, Buffer.alloc(0));
  vi.useRealTimers();
});

test('a peer that pings without reading cannot fill the send buffer', () => {
  const socket = new DeafSocket();
  sockets.push(socket);
  const limits = { ...defaultLimits, sendBufferBytesMax: 1_000 };
  openLink(
    connectionOver(socket),
    { limits, log: { write: () => {} }, wallMs: () => 0, budget: readBudgetOf(limits) },
    { received: () => {}, ended: () => {} },
  );
  for (let number = 0; number < 1_000; number += 1) socket.emit('message', Buffer.from(encodePing(number)));
  expect(socket.sent.filter(([kind]) => kind === frameKind.pong).length).toBeGreaterThan(0);
  expect(socket.bufferedAmount).toBeLessThan(1_100);
  socket.bufferedAmount = 0;
  const before = socket.sent.length;
  socket.emit('message', Buffer.from(encodePing(1_000)));
  expect(socket.sent.slice(before).map(([kind]) => kind)).toEqual([frameKind.pong]);
});

test('what one read brings beyond the budget waits its turn, in order, while the socket is left unread', () => {
  vi.useFakeTimers();
  const socket = new DeafSocket();
  sockets.push(socket);
  const limits = { ...defaultLimits, readShare: 0.5, readBurstMs: 20, pingMs: 60_000 };
  const received: number[] = [];
  const link: Link = openLink(
    connectionOver(socket),
    { limits, log: { write: () => {} }, wallMs: () => 0, budget: readBudgetOf(limits) },
    {
      received: ([number]) => {
        received.push(number!);
        link.spend(10);
      },
      ended: () => {},
    },
  );
  for (let number = 0; number < 5; number += 1)
    socket.emit('message', Buffer.from(encodeFrame(frameKind.payload, Uint8Array.of(number))));
  expect(received).toEqual([0, 1]);
  expect(socket.isPaused).toBe(true);
  vi.advanceTimersByTime(10);
  expect(received.length).toBeLessThan(5);
  vi.advanceTimersByTime(200);
  expect(received).toEqual([0, 1, 2, 3, 4]);
  expect(socket.isPaused).toBe(false);
});
