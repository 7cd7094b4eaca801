/**
 * Read-only links with servers whose keys no book here knows (rule C1): blocks, headers and snapshots prove
 * themselves, whoever serves them. They exist only while this node is behind, so that one which was away while all
 * others changed their keys finds its way back.
 */
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { type GreetingFailure, greet } from './greeting.ts';
import type { Hello } from './hello.ts';
import { type Link, openLink, readBudgetOf } from './link.ts';
import type { MeshContext, ServerDoor } from './mesh-context.ts';
import type { Connection } from './peer-key.ts';
import type { ReadBudget } from './read-budget.ts';
import { createRedialler, type Redialler } from './redialler.ts';
import { closeCodeReadOnlyOver, closeCodeReplaced, closeCodeStopping } from './refusals.ts';
import { closeOrTerminate } from './sockets.ts';

export interface Servers extends ServerDoor {
  /** Whether such links are wanted at all; without, there is none. */
  behind(isBehind: boolean): void;
  /** The book changed: who stands in it now is no stranger any more. */
  refresh(): void;
  open(): readonly ValidatorId[];
  link(id: ValidatorId): Link | undefined;
  stop(): Promise<void>;
}

/** What becomes of a connection with a peer of the book that was found at a bootstrap address. */
export interface PeerDoor {
  isOpen(peer: ValidatorId): boolean;
  begin(peer: ValidatorId, connection: Connection): void;
}

interface Server {
  readonly id: ValidatorId;
  readonly connection: Connection;
  link?: Link;
}

/** No id that a ledger knows has such a mark, so that a server cannot take a validator's name. */
const serverIdOf = (nodeKey: PublicKey): ValidatorId => `~${nodeKey}` as ValidatorId;

export function createServers(mesh: MeshContext, bootstrap: readonly string[], peers: PeerDoor): Servers {
  const { limits, log, wallMs, self } = mesh;
  const servers = new Map<ValidatorId, Server>();
  let isWanted = false;
  let isOver = false;

  const isOwn = (nodeKey: PublicKey): boolean => nodeKey === mesh.certificate().nodeKey;
  const wants = (nodeKey: PublicKey): boolean =>
    isWanted && !isOwn(nodeKey) && !servers.has(serverIdOf(nodeKey)) && mesh.ownerOf(nodeKey) === undefined;

  function begin(connection: Connection, budget: ReadBudget): () => void {
    const { ws, keys } = connection;
    ws.on('error', () => undefined);
    if (!wants(keys.peer)) {
      closeOrTerminate(ws, closeCodeReplaced, 'link-duplicate');
      return () => undefined;
    }
    const server: Server = { id: serverIdOf(keys.peer), connection };
    servers.set(server.id, server);
    greet(ws, {
      own: mesh.own,
      expected: undefined,
      dialing: true,
      timeoutMs: limits.handshakeTimeoutMs,
      greeted: (hello) => open(server, hello, budget),
      failed: (failure) => {
        forget(server);
        greetingFailed(server.id, failure);
      },
    });
    return () => {
      if (servers.get(server.id) === server) end(server, closeCodeReplaced, 'link-replaced');
    };
  }
  function greetingFailed(id: ValidatorId, { code, ...facts }: GreetingFailure): void {
    if (code === 'link-lost') log.write('debug', code, { ...facts, peer: id });
    else mesh.refused(code, { ...facts, peer: id }, id);
  }
  function open(server: Server, hello: Hello, budget: ReadBudget): void {
    const { id, connection } = server;
    const link: Link = openLink(
      { ...connection, peer: id, hello, dialer: self },
      { limits, log, wallMs, budget },
      {
        received: (frame) => {
          if (servers.get(id) === server) mesh.received(link, 'server', frame);
        },
        ended: (reason) => {
          if (forget(server)) closed(id, reason);
        },
      },
    );
    server.link = link;
    const { validator: claims, software } = hello;
    log.write('info', 'link-opened', { peer: id, kind: 'server', claims, dialer: self, software });
    mesh.opened(id, 'server');
  }
  function closed(id: ValidatorId, reason: string): void {
    log.write('info', 'link-closed', { peer: id, reason });
    mesh.closed(id);
  }
  /** @returns whether it was still one of ours */
  function forget(server: Server): boolean {
    return servers.get(server.id) === server && servers.delete(server.id);
  }
  function end(server: Server, code: number, reason: string): void {
    forget(server);
    const { link, connection } = server;
    if (link === undefined) {
      connection.ws.terminate();
    } else {
      closed(server.id, reason);
      link.close(code, reason);
    }
  }

  function isLinked(nodeKey: PublicKey): boolean {
    const owner = mesh.ownerOf(nodeKey);
    return owner === undefined ? servers.has(serverIdOf(nodeKey)) : peers.isOpen(owner);
  }
  function createPlace(address: string): Redialler {
    const budget = readBudgetOf(limits);
    /** Who answered there last. */
    let reached: PublicKey | undefined;
    const place = createRedialler(mesh, {
      address: () => address,
      need() {
        if (!isWanted) return 'nothing';
        return reached !== undefined && isLinked(reached) ? 'wait' : 'dial';
      },
      refusalOf: (nodeKey) => (isOwn(nodeKey) ? 'link-refused-wrong-identity' : undefined),
      connected: (connection) => {
        reached = connection.keys.peer;
        arrived(connection, budget);
        place.later();
      },
      failed: ({ code, ...facts }) => {
        if (code === 'link-unreachable') log.write('debug', code, { ...facts, address });
        else mesh.refused(code, { ...facts, address }, address);
        place.later();
      },
    });
    return place;
  }
  function arrived(connection: Connection, budget: ReadBudget): void {
    const owner = mesh.ownerOf(connection.keys.peer);
    if (owner === undefined || peers.isOpen(owner)) begin(connection, budget);
    else peers.begin(owner, connection);
  }
  function leave(code: number, reason: string): void {
    isWanted = false;
    for (const place of places) place.cancel();
    for (const server of [...servers.values()]) end(server, code, reason);
  }

  const places = bootstrap.map(createPlace);
  return {
    wants,
    holds: (nodeKey) => servers.has(serverIdOf(nodeKey)),
    begin,
    behind(isBehind) {
      if (isBehind === isWanted || isOver) return;
      if (!isBehind) {
        leave(closeCodeReadOnlyOver, 'link-read-only-over');
        return;
      }
      isWanted = true;
      for (const place of places) {
        place.calm();
        place.now();
      }
    },
    refresh() {
      for (const server of [...servers.values()])
        if (mesh.ownerOf(server.connection.keys.peer) !== undefined)
          end(server, closeCodeReadOnlyOver, 'link-read-only-over');
    },
    open: () => [...servers.values()].filter(({ link }) => link !== undefined).map(({ id }) => id),
    link: (id) => servers.get(id)?.link,
    async stop() {
      const links = [...servers.values()].flatMap(({ link }) => link ?? []);
      isOver = true;
      leave(closeCodeStopping, 'stopping');
      await Promise.all(links.map((link) => link.ended));
    },
  };
}
