/** Relays before the links of a network's validators, so that a partition needs no namespaces and no rights. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Place } from '../../scripts/lib/local-network.ts';

export interface CutLinks {
  /** For a LocalNetwork: everybody is reached through its relay. */
  readonly places: readonly Place[];
  /** From now on nothing passes between validators of different groups; what is open stays open, and silent. */
  cut(...groups: readonly (readonly number[])[]): void;
  mend(): void;
  close(): Promise<void>;
}

interface Carried {
  readonly from: number;
  readonly to: number;
  readonly ends: readonly Socket[];
}

/** @param port relays listen from here on, links 20 and gateways 100 above. @param pidOf of the running validators */
export async function linksToCut(
  count: number,
  port: number,
  pidOf: (index: number) => number | undefined,
): Promise<CutLinks> {
  const indices = Array.from({ length: count }, (_, index) => index);
  const carried = new Set<Carried>();
  let groups: readonly (readonly number[])[] = [];
  const isCut = (one: number, other: number): boolean =>
    groups.length > 0 && !groups.some((group) => group.includes(one) && group.includes(other));

  const relays = await Promise.all(
    indices.map((to) =>
      listening(port + to, (outer) => {
        const socket = callersSocket(outer);
        // Gone already, or the table changed while it was read: whoever needs the link calls again.
        if (socket === undefined) {
          outer.on('error', () => outer.destroy()).destroy();
          return;
        }
        const from = indices.find((index) => holdsSocket(pidOf(index), socket)) ?? to;
        const inner = connect(port + 20 + to, '127.0.0.1');
        const ends = [outer, inner];
        const connection = { from, to, ends };
        carried.add(connection);
        for (const socket of ends) {
          socket.on('error', () => hangUp(ends));
          socket.on('close', () => {
            carried.delete(connection);
            hangUp(ends);
          });
        }
        outer.on('data', (bytes) => isCut(from, to) || inner.write(bytes));
        inner.on('data', (bytes) => isCut(from, to) || outer.write(bytes));
      }),
    ),
  );
  return {
    places: indices.map((index) => ({
      links: `127.0.0.1:${port + index}`,
      linksListen: `127.0.0.1:${port + 20 + index}`,
      gateway: `127.0.0.1:${port + 100 + index}`,
    })),
    cut(...next) {
      groups = next;
    },
    /** What missed bytes is broken, as after a time-out. */
    mend() {
      const broken = [...carried].filter(({ from, to }) => isCut(from, to));
      groups = [];
      for (const { ends } of broken) hangUp(ends);
    },
    async close() {
      for (const { ends } of carried) hangUp(ends);
      await Promise.all(relays.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function hangUp(ends: readonly Socket[]): void {
  for (const end of ends) end.destroy();
}

function listening(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

/**
 * The inode of the other end of a connection on this machine, by the kernel's table. Both ports tell it: another
 * connection may have, or may have had until a moment ago, the same port of the caller's.
 */
function callersSocket({ localPort = 0, remotePort = 0 }: Socket): string | undefined {
  const ending = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .find(
      ([, local, remote]) => local?.endsWith(ending(remotePort)) && remote?.endsWith(ending(localPort)),
    )?.[9];
}

/** Whether it is among the process's open files. */
const holdsSocket = (pid: number | undefined, inode: string): boolean =>
  pid !== undefined &&
  readdirSync(`/proc/${pid}/fd`).some((file) => linkOf(`/proc/${pid}/fd/${file}`) === `socket:[${inode}]`);

/** A file may be closed while its folder is read. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
