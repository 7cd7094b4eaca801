/**
 * A network namespace for each validator, and one with a bridge that joins them, as a switch would. Impairments
 * are laid on the ports of the switch, so that a sender does not learn of a loss from its own kernel.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Place } from '../../lib/local-network.ts';
import { type Arena, gatewayPortOf } from '../arena.ts';
import { detourProgram, lossProgram } from './packet-filter.ts';
import { reasonAgainst, run } from './run.ts';

export interface Switch {
  readonly places: readonly Place[];
  /** Of the packets from one validator, to another one or to all, this share is lost. */
  lose(from: number, to: number | undefined, share: number): void;
  /** This share of the packets to a validator takes a slower road and is overtaken. */
  reorder(to: number, share: number): void;
  /** All impairments end. */
  clear(): void;
}

const doorChild = fileURLToPath(new URL('./gateway-door-child.js', import.meta.url));
const linksPort = 7101;
const addressOf = (index: number): string => `10.79.0.${index + 1}`;
const portOf = (index: number): string => `port${index + 1}`;
/** Class 1:20 as a 32-bit handle. */
const slowClass = 0x1_0020;
const slowRate = '4mbit';

/** Why this machine has no use for `switchOf`; undefined if it has. */
export function namespacesImpossible(): string | undefined {
  const name = `chaos${process.pid}-try`;
  return reasonAgainst(
    () => {
      run('ip', 'netns', 'add', name);
      inside(name, 'tc', 'qdisc', 'add', 'dev', 'lo', 'clsact');
      filter(name, 'lo', ['ingress'], ['da', 'bytecode', lossProgram(0.5)]);
      inside(name, 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'handle', '1:', 'htb', 'default', '10');
    },
    () => run('ip', 'netns', 'del', name),
  );
}

/** Everything it makes ends with the arena. */
export async function switchOf(arena: Arena): Promise<Switch> {
  const prefix = `chaos${process.pid}`;
  const hub = `${prefix}-switch`;
  const spaceOf = (index: number): string => `${prefix}-v${index + 1}`;
  const validators = Array.from({ length: arena.size }, (_, index) => index);
  addSpace(arena, hub);
  inside(hub, 'ip', 'link', 'add', 'bridge', 'type', 'bridge');
  inside(hub, 'ip', 'link', 'set', 'bridge', 'up');
  for (const index of validators) addValidator(arena, hub, spaceOf(index), index);
  await Promise.all(validators.map((index) => openDoor(arena, spaceOf(index), index)));
  return {
    places: validators.map((index) => ({
      links: `${addressOf(index)}:${linksPort}`,
      gateway: `127.0.0.1:${gatewayPortOf(arena, index)}`,
      prefix: ['ip', 'netns', 'exec', spaceOf(index)],
    })),
    lose(from, to, share) {
      const program = lossProgram(share, to === undefined ? undefined : addressOf(to));
      filter(hub, portOf(from), ['ingress'], ['da', 'bytecode', program]);
    },
    reorder: (to, share) => reorder(hub, portOf(to), share),
    clear() {
      for (const index of validators) {
        inside(hub, 'tc', 'filter', 'del', 'dev', portOf(index), 'ingress');
        if (inside(hub, 'tc', 'qdisc', 'show', 'dev', portOf(index)).includes('htb'))
          inside(hub, 'tc', 'qdisc', 'del', 'dev', portOf(index), 'root');
      }
    },
  };
}

const inside = (name: string, ...command: readonly string[]): string =>
  run('ip', 'netns', 'exec', name, ...command);

const filter = (name: string, device: string, place: readonly string[], rule: readonly string[]): string =>
  inside(name, 'tc', 'filter', 'add', 'dev', device, ...place, 'bpf', ...rule);

function addSpace({ atEnd }: Arena, name: string): void {
  run('ip', 'netns', 'add', name);
  atEnd(() => run('ip', 'netns', 'del', name));
  inside(name, 'ip', 'link', 'set', 'lo', 'up');
}

function addValidator(arena: Arena, hub: string, name: string, index: number): void {
  addSpace(arena, name);
  const port = portOf(index);
  const pair = ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', hub];
  inside(name, 'ip', ...pair);
  inside(name, 'ip', 'address', 'add', `${addressOf(index)}/24`, 'dev', 'eth0');
  // One packet, one loss: without this the kernel hands over 64 KB at a time.
  inside(name, 'ip', 'link', 'set', 'eth0', 'gso_max_segs', '1', 'up');
  inside(hub, 'ip', 'link', 'set', port, 'master', 'bridge', 'up');
  inside(hub, 'tc', 'qdisc', 'add', 'dev', port, 'clsact');
}

/** Most packets pass at once; a share waits behind one another in a slow class and comes after later ones. */
function reorder(hub: string, port: string, share: number): void {
  const add = (...rest: readonly string[]): string => inside(hub, 'tc', ...rest);
  add('qdisc', 'add', 'dev', port, 'root', 'handle', '1:', 'htb', 'default', '10');
  add(
    'class',
    'add',
    'dev',
    port,
    'parent',
    '1:',
    'classid',
    '1:10',
    'htb',
    'rate',
    '10gbit',
    'quantum',
    '60000',
  );
  add(
    'class',
    'add',
    'dev',
    port,
    'parent',
    '1:',
    'classid',
    '1:20',
    'htb',
    'rate',
    slowRate,
    'burst',
    '1600',
  );
  add('qdisc', 'add', 'dev', port, 'parent', '1:20', 'pfifo', 'limit', '100');
  filter(hub, port, ['parent', '1:'], ['bytecode', detourProgram(share, slowClass), 'flowid', '1:20']);
}

/**
 * A gateway listens on its namespace's loopback only. A process inside passes on what comes through a socket in
 * the file system, which has no network namespace; here the same port as inside leads to that socket.
 */
async function openDoor(arena: Arena, name: string, index: number): Promise<void> {
  const port = gatewayPortOf(arena, index);
  const path = join(arena.directory, `gateway-${index + 1}.sock`);
  const command = ['netns', 'exec', name, process.execPath, doorChild, path, String(port)];
  const door = spawn('ip', command, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  arena.atEnd(() => door.kill('SIGKILL'));
  await saysReady(door);
  const server = createServer((outer) => {
    const inner = connect(path);
    outer.pipe(inner).pipe(outer);
    // Either side may break off at any time; then both are over.
    outer.on('error', () => inner.destroy());
    inner.on('error', () => outer.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  arena.atEnd(() => server.close());
}

const saysReady = (door: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    door.once('message', () => resolve());
    door.once('exit', (code) => reject(new Error(`the door of a namespace ended with ${code}`)));
  });
