/**
 * A road of a certain length to a listener of this machine: what passes, in either direction, arrives later, in
 * order. Whole connections are relayed, so that TLS between the ends stays as it is.
 */
import { connect, createServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface DelayRelay {
  /** From now on everything takes so long, give or take `jitterMs`; 0 and 0 for a short road. */
  delay(meanMs: number, jitterMs: number): void;
  close(): void;
}

/** Listens on one port of loopback and leads to another. `random` gives integers from the first to the second. */
export async function relayTo(
  listenPort: number,
  targetPort: number,
  random: (from: number, to: number) => number,
): Promise<DelayRelay> {
  let mean = 0;
  let jitter = 0;
  const delayMs = (): number => (mean === 0 ? 0 : random(mean - jitter, mean + jitter));
  const sockets = new Set<Socket>();
  // One side may end while what the other one says is still on its way.
  const server = createServer({ allowHalfOpen: true }, (outer) => {
    const inner = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [outer, inner]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    carry(outer, inner, delayMs);
    carry(inner, outer, delayMs);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenPort, '127.0.0.1', resolve);
  });
  return {
    delay(meanMs, jitterMs) {
      mean = meanMs;
      jitter = jitterMs;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function carry(from: Socket, to: Socket, delayMs: () => number): void {
  const waiting: (() => void)[] = [];
  let dueMs = 0;
  /** Timers may fire out of turn; whichever does lets the first one pass, so that nothing overtakes. */
  function later(action: () => void): void {
    const nowMs = performance.now();
    dueMs = Math.max(dueMs, nowMs + delayMs());
    waiting.push(action);
    setTimeout(() => waiting.shift()?.(), dueMs - nowMs);
  }
  from.on('data', (bytes) => later(() => to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  // A broken connection is broken at both ends, at once.
  from.on('error', () => to.destroy());
}
