/**
 * All connections with one peer of the book: one link, dialled from both sides, dialled again with back-off when it
 * ends, and once more when this node takes up another certificate.
 */
import type { WebSocket } from 'ws';
import type { PublicKey } from '../../shared/types/brands.ts';
import type { DialFailure } from './dialer.ts';
import { type GreetingFailure, greet, sendHello } from './greeting.ts';
import { type GreetedConnection, type Link, openLink, readBudgetOf } from './link.ts';
import type { MeshContext, ServerDoor } from './mesh-context.ts';
import type { PeerAddress } from './peer-book.ts';
import type { Connection } from './peer-key.ts';
import type { PeerReport } from './peer-report.ts';
import { createRedialler } from './redialler.ts';
import { closeCodeKeyRetired, closeCodeReplaced, type RefusalCode } from './refusals.ts';
import { closeOrTerminate } from './sockets.ts';
import { type Contender, isHandover, newerSurvives } from './survivor.ts';

export interface Peering {
  entry(): PeerAddress;
  link(): Link | undefined;
  /** Begins to dial. */
  start(): void;
  /** The book says something else of this peer now. */
  update(entry: PeerAddress): void;
  /** A connection under one of the peer's keys. */
  begin(connection: Connection, dialing: boolean): void;
  /**
   * Dials once more if the link proves a certificate that is not the present one; the link stays until the new
   * connection takes its place. `settled` is called when this attempt is over, whatever came of it.
   */
  renew(settled: () => void): void;
  report(): PeerReport;
  /** Nothing is told of it any more. Resolves when its connections are gone. */
  end(code: number, reason: string): Promise<void>;
}

export function createPeering(first: PeerAddress, mesh: MeshContext, servers: ServerDoor): Peering {
  const { limits, log, wallMs, self } = mesh;
  const { id } = first;
  const budget = readBudgetOf(limits);
  /** Connections before their hello, oldest first, with the key that they proved. */
  const greeting = new Map<WebSocket, PublicKey>();
  /** Replaced by another connection with the same process; they end by themselves. */
  const draining = new Set<Link>();
  let entry = first;
  let link: Link | undefined;
  let openedAt: number | undefined;
  let failure: { readonly code: string; readonly reason?: string | undefined } | undefined;
  /** Of the link before, our clock. */
  let lastMessageAt: number | undefined;
  let whenSettled: (() => void) | undefined;
  /** Hangs up on who answered at its address under a key of nobody's: one at a time, however often it changes its key. */
  let leaveServer: (() => void) | undefined;
  let isOver = false;

  const isStale = (one: Link): boolean => one.keys.own !== mesh.certificate().nodeKey;
  const needsDial = (): boolean => !isOver && (link === undefined || isStale(link));
  const isPeers = (nodeKey: PublicKey): boolean => entry.nodeKeys.includes(nodeKey);

  const dialler = createRedialler(mesh, {
    address: () => entry.address,
    need: () => (needsDial() ? 'dial' : 'nothing'),
    refusalOf,
    connected: (connection) => {
      if (isPeers(connection.keys.peer)) {
        leaveServer?.();
        begin(connection, true);
      } else {
        readStranger(connection);
        dialLater();
      }
    },
    failed: dialFailed,
  });
  function refusalOf(nodeKey: PublicKey): RefusalCode | undefined {
    if (isPeers(nodeKey)) return undefined;
    if (mesh.ownerOf(nodeKey) !== undefined) return 'link-refused-wrong-identity';
    // One that is read already hears no refusal, which would be untrue.
    const isRead = servers.wants(nodeKey) || servers.holds(nodeKey);
    return isRead ? undefined : 'link-refused-unknown-key';
  }
  /** The peer is dialled on beside it: whoever got between once must not keep it away. */
  function readStranger(connection: Connection): void {
    const isAnother = !servers.holds(connection.keys.peer);
    if (isAnother) leaveServer?.();
    const leave = servers.begin(connection, budget);
    if (isAnother) leaveServer = leave;
  }
  function dialFailed({ code, ...facts }: DialFailure): void {
    failure = { code, ...('reason' in facts && { reason: facts.reason }) };
    const { address } = entry;
    if (code !== 'link-unreachable') mesh.refused(code, { ...facts, peer: id, address }, id);
    else log.write('debug', code, { ...facts, peer: id, address });
    dialLater();
  }
  function dialLater(): void {
    settle();
    dialler.later();
  }
  /** What was tried until now says nothing about a new address, key or certificate. */
  function dialAnew(): void {
    dialler.cancel();
    dialler.calm();
    dialler.now();
  }
  function settle(): void {
    const settled = whenSettled;
    whenSettled = undefined;
    settled?.();
  }

  function begin(connection: Connection, dialing: boolean): void {
    const { ws, keys } = connection;
    // A socket error is followed by `close`, which is what counts.
    ws.on('error', () => undefined);
    if (isOver || !isPeers(keys.peer)) {
      ws.terminate();
      return;
    }
    boundGreetings();
    greeting.set(ws, keys.peer);
    greet(ws, {
      own: mesh.own,
      expected: id,
      dialing,
      timeoutMs: limits.handshakeTimeoutMs,
      greeted: (hello) => {
        // Its key may have been retired in the meantime.
        if (greeting.delete(ws)) admit({ ...connection, peer: id, hello, dialer: dialing ? self : id });
      },
      failed: (reason) => {
        greeting.delete(ws);
        greetingFailed(reason);
      },
    });
  }
  /** A known peer may hang up and call again, but not hold a hundred connections and say nothing. */
  function boundGreetings(): void {
    const [oldest] = greeting.keys();
    if (greeting.size >= limits.greetingsPerPeerMax) oldest?.terminate();
  }
  function greetingFailed({ code, ...facts }: GreetingFailure): void {
    failure = { code };
    if (isOver) return;
    if (code === 'link-lost') log.write('debug', code, { ...facts, peer: id });
    else mesh.refused(code, { ...facts, peer: id, address: entry.address }, id);
    dialLater();
  }

  function admit(newer: GreetedConnection): void {
    const older = link;
    if (older !== undefined && !newerSurvives(contender(newer), contender(older), [self, id])) {
      // The peer would not dial if it knew of the older link: perhaps that one is half dead.
      older.probe();
      refuseDuplicate(newer);
      return;
    }
    if (newer.dialer !== self) sendHello(newer.ws, mesh.own);
    const isNext = older !== undefined && isHandover(contender(newer), contender(older));
    if (older !== undefined && !isNext) retire('link-replaced');
    adopt(newer, isNext);
    if (older === undefined) return;
    if (isNext) drain(older, newer.dialer === self);
    else older.close(closeCodeReplaced, 'link-replaced');
  }
  /** Who dialled it was answered: the peer had adopted it, and may have sent something before it learned of the other. */
  function refuseDuplicate(newer: GreetedConnection): void {
    if (newer.dialer === self) drain(open(newer), true);
    else closeOrTerminate(newer.ws, closeCodeReplaced, 'link-duplicate');
    settle();
  }
  /** The dialler is the last to learn that a connection is open: it says goodbye to the one before. */
  function drain(one: Link, goodbye: boolean): void {
    // Who holds two keys could have its connections replace one another without end.
    const [oldest] = draining;
    if (draining.size >= limits.greetingsPerPeerMax) oldest?.close(closeCodeReplaced, 'link-replaced');
    draining.add(one);
    one.drain(goodbye);
  }
  function adopt(connection: GreetedConnection, isNext: boolean): void {
    dialler.cancelPause();
    failure = undefined;
    link = open(connection);
    if (isNext) {
      dialler.calm();
    } else {
      openedAt = wallMs();
      const { dialer, hello } = connection;
      log.write('info', 'link-opened', { peer: id, kind: entry.kind, dialer, software: hello.software });
      mesh.opened(id, entry.kind);
    }
    // A connection that was under way when the certificate changed still proves the old one.
    dialLater();
  }
  function open(connection: GreetedConnection): Link {
    const opened: Link = openLink(
      connection,
      { limits, log, wallMs, budget },
      {
        received: (frame) => {
          if (!isOver && (link === opened || draining.has(opened))) mesh.received(opened, entry.kind, frame);
        },
        ended: (reason, isWhole) => {
          if (draining.delete(opened) && !isWhole) lost(reason);
          if (link === opened) retire(reason);
          dialLater();
        },
      },
    );
    return opened;
  }
  /** Something that was on its way is gone: the runtime sends again what it sends over a fresh link. */
  function lost(reason: string): void {
    if (isOver || link === undefined) return;
    log.write('info', 'link-frames-lost', { peer: id, reason });
    mesh.closed(id);
    mesh.opened(id, entry.kind);
  }
  function retire(reason: string): void {
    // A link that fails as soon as it opens must not reset the back-off.
    if (wallMs() - (openedAt ?? 0) > limits.backOffMaxMs) dialler.calm();
    if (link !== undefined) lastMessageAt = link.measures().lastMessageAt;
    link = undefined;
    openedAt = undefined;
    failure = { code: reason };
    if (isOver) return;
    log.write('info', 'link-closed', { peer: id, reason });
    mesh.closed(id);
  }

  /** What a key that left the book had proven counts no more, from this moment on. */
  function dropRetiredKeys(): void {
    for (const [ws, nodeKey] of [...greeting]) {
      if (isPeers(nodeKey)) continue;
      greeting.delete(ws);
      ws.terminate();
    }
    const dropped = [...draining, ...(link === undefined ? [] : [link])].filter(
      ({ keys }) => !isPeers(keys.peer),
    );
    for (const one of dropped) {
      draining.delete(one);
      if (one === link) retire('link-key-retired');
      one.close(closeCodeKeyRetired, 'link-key-retired');
    }
  }

  return {
    entry: () => entry,
    link: () => link,
    begin,
    start() {
      // The smaller id dials first, so that the two rarely meet half-way.
      if (self < id) dialler.now();
      else dialler.later();
    },
    update(next) {
      const isMoved = next.address !== entry.address;
      const isToBeFound = isMoved || next.nodeKeys.join() !== entry.nodeKeys.join();
      if (isMoved) leaveServer = undefined;
      entry = next;
      dropRetiredKeys();
      if (isToBeFound) dialAnew();
    },
    renew(settled) {
      if (link === undefined || !isStale(link) || entry.address === undefined) {
        settled();
        return;
      }
      whenSettled = settled;
      // What is under way may prove the certificate before.
      dialAnew();
    },
    report: () => ({
      id,
      kind: entry.kind,
      ...(entry.address !== undefined && { address: entry.address }),
      open: link !== undefined,
      ...(lastMessageAt !== undefined && { lastMessageAt }),
      ...(link && {
        nodeKey: link.keys.peer,
        dialer: link.dialer,
        software: link.hello.software,
        ...link.measures(),
      }),
      ...(openedAt !== undefined && { openedAt }),
      ...(failure && { lastFailure: failure.code }),
      ...(failure?.reason !== undefined && { lastFailureReason: failure.reason }),
    }),
    async end(code, reason) {
      if (link !== undefined && !isOver) log.write('info', 'link-closed', { peer: id, reason });
      isOver = true;
      dialler.cancel();
      settle();
      for (const ws of greeting.keys()) ws.terminate();
      const links = [...draining, ...(link === undefined ? [] : [link])];
      for (const one of links) one.close(code, reason);
      await Promise.all(links.map((one) => one.ended));
    },
  };
}

const contender = ({ dialer, hello, keys }: GreetedConnection | Link): Contender => ({
  dialer,
  session: hello.session,
  keys,
});
