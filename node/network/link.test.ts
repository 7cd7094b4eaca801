import { EventEmitter } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import type { ValidatorId } from '../../shared/types/brands.ts';
import { encodePing, frameKind } from './frames.ts';
import type { Hello } from './hello.ts';
import { openLink } from './link.ts';
import { defaultLimits } from './options.ts';

/** A peer that sends and never reads: what is written stays in the buffer. */
class DeafSocket extends EventEmitter {
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];

  send(frame: Uint8Array): void {
    this.sent.push(frame);
    this.bufferedAmount += frame.length;
  }
}

const sockets: DeafSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.emit('close', 1000, Buffer.alloc(0));
});

test('a peer that pings without reading cannot fill the send buffer', () => {
  const socket = new DeafSocket();
  sockets.push(socket);
  const peer = 'v2' as ValidatorId;
  const limits = { ...defaultLimits, sendBufferBytesMax: 1_000 };
  openLink(
    { ws: socket as unknown as WebSocket, hello: { validator: peer } as Hello, dialer: peer },
    { limits, log: { write: () => {} }, wallMs: () => 0 },
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
