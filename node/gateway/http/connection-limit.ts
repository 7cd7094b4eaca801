/**
 * Connections at once of one address, or one /64 of IPv6: without a bound, one machine that opens as many as there are places keeps
 * everybody else out for as long as idle ones live. Proxies bring the connections of many and are not counted.
 */
import type { Server, Socket } from 'node:net';
import type { LogPort } from '../../runtime/ports.ts';
import { addressGroup } from './address-group.ts';
import { plainAddress } from './client-address.ts';

export interface ConnectionLimit {
  readonly perAddressMax: number;
  readonly isProxy: (address: string) => boolean;
  readonly log: LogPort;
  readonly monotonicMs: () => number;
}

interface Caller {
  open: number;
  /** Hung up since the last line about it. */
  refused: number;
  toldAtMs?: number;
}

/** Between two lines about one address. */
const tellAgainMs = 10_000;

/** To be called before it listens. What is above the bound is hung up before anything of it is read. */
export function limitConnections(server: Server, limit: ConnectionLimit): void {
  const { perAddressMax, isProxy, log, monotonicMs } = limit;
  /** With connections open; there are never more of them than the server lets in. */
  const callers = new Map<string, Caller>();

  server.on('connection', (socket: Socket) => {
    const remote = plainAddress(socket.remoteAddress ?? '');
    if (isProxy(remote)) return;
    const address = addressGroup(remote);
    const caller = callers.get(address) ?? { open: 0, refused: 0 };
    if (caller.open >= perAddressMax) {
      socket.destroy();
      refused(address, caller);
      return;
    }
    caller.open += 1;
    callers.set(address, caller);
    socket.once('close', () => {
      caller.open -= 1;
      if (caller.open === 0) callers.delete(address);
    });
  });

  function refused(address: string, caller: Caller): void {
    caller.refused += 1;
    const nowMs = monotonicMs();
    if (caller.toldAtMs !== undefined && nowMs - caller.toldAtMs < tellAgainMs) return;
    caller.toldAtMs = nowMs;
    log.write('warn', 'connections-of-address-full', {
      address,
      connectionsMax: perAddressMax,
      refused: caller.refused,
      next: 'Close connections there. If it is a load balancer of yours, name it in gateway.trusted_proxies.',
    });
    caller.refused = 0;
  }
}
