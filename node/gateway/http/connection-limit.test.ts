/** Whose connections are counted together. Real sockets of many IPv6 addresses need a network: here they are emitted. */
import { EventEmitter } from 'node:events';
import type { Server } from 'node:net';
import { expect, test } from 'vitest';
import { limitConnections } from './connection-limit.ts';

test('addresses of one /64 share one bound, and IPv4 that comes as IPv6 is the same address', () => {
  const server = new EventEmitter();
  const told: unknown[] = [];
  limitConnections(server as Server, {
    perAddressMax: 2,
    isProxy: () => false,
    log: { write: (_level, _code, { address }) => told.push(address) },
    monotonicMs: () => 0,
  });
  const isTaken = (remoteAddress: string): boolean => {
    let isOpen = true;
    const socket = Object.assign(new EventEmitter(), { remoteAddress, destroy: () => (isOpen = false) });
    server.emit('connection', socket);
    return isOpen;
  };
  expect(['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1'].map(isTaken)).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(['192.0.2.7', '::ffff:192.0.2.7', '192.0.2.7', '192.0.2.8'].map(isTaken)).toEqual([
    true,
    true,
    false,
    true,
  ]);
  expect(told).toEqual(['2001:db8:0:0::/64', '192.0.2.7']);
});
