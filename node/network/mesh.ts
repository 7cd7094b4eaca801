/**
 * The full mesh: one link with every peer of the address book, dialled from both sides, dialled again with
 * back-off when it ends. Strangers are refused by name, on both sides' logs (design, section 8).
 */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import { toHex } from '../../shared/codec/hex.ts';
import type { PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { LinkEvents, LinksPort } from '../runtime/ports.ts';
import { backOffMs } from './back-off.ts';
import { type DialFailure, dial } from './dialer.ts';
import { type GreetingFailure, greet, sendHello } from './greeting.ts';
import { type Hello, linkProtocolVersion } from './hello.ts';
import { type GreetedConnection, type Link, type LinkMeasures, openLink, readBudgetOf } from './link.ts';
import { createListener } from './listener.ts';
import { defaultLimits, type LinkLimits, type LinksOptions, type PeerAddress } from './options.ts';
import type { ReadBudget } from './read-budget.ts';
import { closeCodeReplaced, closeCodeStopping, nextStepOf, type RefusalCode } from './refusals.ts';
import { createRepetitionFilter } from './repetition.ts';
import { closeOrTerminate } from './sockets.ts';
import { newerSurvives } from './survivor.ts';

/** What operators see of one peer. */
export interface PeerReport extends Partial<LinkMeasures> {
  readonly id: ValidatorId;
  readonly address: string;
  readonly open: boolean;
  /** Who opened the connection. */
  readonly dialer?: ValidatorId;
  readonly software?: string;
  /** Our clock, milliseconds since 1970, when the link opened. */
  readonly openedAt?: number;
  /** Why there is no link: a log code, and what the system said. */
  readonly lastFailure?: string;
  readonly lastFailureReason?: string;
}

export interface Links extends LinksPort {
  /** Listens and begins to dial. @throws the listen error, such as EADDRINUSE */
  start(events: LinkEvents): Promise<{ readonly host: string; readonly port: number }>;
  peers(): readonly PeerReport[];
  /** Says goodbye to all peers. No event comes after it is called. */
  stop(): Promise<void>;
}

interface Peer {
  readonly address: PeerAddress;
  readonly budget: ReadBudget;
  link?: Link;
  openedAt?: number;
  lastFailure?: string;
  lastFailureReason?: string | undefined;
  /** Of the link before, our clock. */
  lastMessageAt?: number;
  /** Failed attempts in a row. */
  attempts: number;
  cancelDial?: () => void;
  retry?: NodeJS.Timeout;
}

const quietMs = 10_000;

export function createLinks(options: LinksOptions): Links {
  const limits: LinkLimits = { ...defaultLimits, ...options.limits };
  const { self, log, wallMs } = options;
  const { keyPem, certificatePem } = options.certificate;
  const own: Hello = {
    version: linkProtocolVersion,
    network: options.network,
    validator: self,
    session: toHex(randomBytes(16)),
    software: options.software,
  };
  const addresses = options.peers.filter(({ id }) => id !== self);
  const peers = new Map<ValidatorId, Peer>(
    addresses.map((address) => [address.id, { address, budget: readBudgetOf(limits), attempts: 0 }]),
  );
  const owners = new Map<PublicKey, ValidatorId>(addresses.map(({ id, nodeKey }) => [nodeKey, id]));
  const ownerOf = (nodeKey: PublicKey) => owners.get(nodeKey);
  const heldBack = createRepetitionFilter(quietMs, wallMs);
  /** Connections before their hello, oldest first, with the peer whose key they proved. */
  const greeting = new Map<WebSocket, ValidatorId>();
  /** Replaced by another connection with the same process; they end by themselves. */
  const draining = new Set<Link>();
  let events: LinkEvents | undefined;
  let stopped = false;

  const connection = {
    keyPem,
    certificatePem,
    ownerOf,
    frameBytesMax: limits.frameBytesMax,
    handshakeTimeoutMs: limits.handshakeTimeoutMs,
    strangersMax: limits.strangersMax,
  };
  const listener = createListener({
    ...connection,
    accepted: (ws, id) => begin(peers.get(id)!, ws, false),
    refused: (code, { remote, nodeKey, by }) =>
      logRefusal(code, { by, remote, nodeKey: nodeKey ?? 'none' }, remote.replace(/:\d+$/, '')),
  });

  function logRefusal(code: RefusalCode, facts: { readonly [name: string]: unknown }, key: string): void {
    const repeated = heldBack(`${code} ${key}`);
    if (repeated === undefined) return;
    log.write('warn', code, { ...facts, repeated, nextStep: nextStepOf(code) });
  }

  function dialPeer(peer: Peer): void {
    if (stopped || peer.link !== undefined || peer.cancelDial !== undefined) return;
    peer.cancelDial = dial(peer.address, {
      ...connection,
      connected: (ws) => {
        delete peer.cancelDial;
        begin(peer, ws, true);
      },
      failed: (failure) => {
        delete peer.cancelDial;
        dialFailed(peer, failure);
      },
    });
  }
  function dialFailed(peer: Peer, failure: DialFailure): void {
    const { code, ...facts } = failure;
    peer.lastFailure = code;
    peer.lastFailureReason = 'reason' in failure ? failure.reason : undefined;
    const { id, address } = peer.address;
    if (code !== 'link-unreachable') logRefusal(code, { ...facts, peer: id, address }, id);
    else log.write('debug', code, { ...facts, peer: id, address });
    dialLater(peer);
  }
  function dialLater(peer: Peer): void {
    if (stopped || peer.link !== undefined || peer.retry !== undefined) return;
    const pauseMs = backOffMs(peer.attempts++, limits, options.random.unit());
    peer.retry = setTimeout(() => {
      delete peer.retry;
      dialPeer(peer);
    }, pauseMs);
  }

  function begin(peer: Peer, ws: WebSocket, dialing: boolean): void {
    // A socket error is followed by `close`, which is what counts.
    ws.on('error', () => undefined);
    if (stopped) {
      ws.terminate();
      return;
    }
    boundGreetings(peer.address.id);
    greeting.set(ws, peer.address.id);
    greet(ws, {
      own,
      expected: peer.address.id,
      dialing,
      timeoutMs: limits.handshakeTimeoutMs,
      greeted: (hello) => {
        greeting.delete(ws);
        admit(peer, { ws, hello, dialer: dialing ? self : peer.address.id });
      },
      failed: (failure) => {
        greeting.delete(ws);
        greetingFailed(peer, failure);
      },
    });
  }
  /** A known peer may hang up and call again, but not hold a hundred connections and say nothing. */
  function boundGreetings(id: ValidatorId): void {
    const own = [...greeting].filter(([, caller]) => caller === id).map(([ws]) => ws);
    if (own.length >= limits.greetingsPerPeerMax) own[0]?.terminate();
  }
  function greetingFailed(peer: Peer, failure: GreetingFailure): void {
    const { code, ...facts } = failure;
    const { id, address } = peer.address;
    peer.lastFailure = code;
    peer.lastFailureReason = undefined;
    if (code === 'link-lost') log.write('debug', code, { ...facts, peer: id });
    else logRefusal(code, { ...facts, peer: id, address }, id);
    dialLater(peer);
  }
  function admit(peer: Peer, newer: GreetedConnection): void {
    const older = peer.link;
    const { id } = peer.address;
    if (older !== undefined && !newerSurvives(contender(newer), contender(older), [self, id])) {
      // The peer would not dial if it knew of the older link: perhaps that one is half dead.
      older.probe();
      closeOrTerminate(newer.ws, closeCodeReplaced, 'link-duplicate');
      return;
    }
    if (newer.dialer !== self) sendHello(newer.ws, own);
    // Both ends dialled at once: nothing was lost, and what is on its way over the older one still counts.
    const handover = older?.hello.session === newer.hello.session && older.dialer !== newer.dialer;
    if (older !== undefined) {
      if (handover) draining.add(older);
      else retire(peer, 'link-replaced');
      older.close(closeCodeReplaced, 'link-replaced');
    }
    adopt(peer, newer, handover);
  }
  function adopt(peer: Peer, connection: GreetedConnection, handover: boolean): void {
    clearTimeout(peer.retry);
    delete peer.retry;
    delete peer.lastFailure;
    delete peer.lastFailureReason;
    const { id } = peer.address;
    const link: Link = openLink(
      connection,
      { limits, log, wallMs, budget: peer.budget },
      {
        received: (frame) => {
          const counts = peer.link === link || draining.has(link);
          if (counts && !stopped) events?.received(id, frame);
        },
        ended: (reason) => {
          draining.delete(link);
          if (peer.link === link) retire(peer, reason);
          dialLater(peer);
        },
      },
    );
    peer.link = link;
    if (handover) return;
    peer.openedAt = wallMs();
    log.write('info', 'link-opened', {
      peer: id,
      dialer: connection.dialer,
      software: connection.hello.software,
    });
    events?.opened(id);
  }
  function retire(peer: Peer, reason: string): void {
    const { id } = peer.address;
    // A link that fails as soon as it opens must not reset the back-off.
    if (wallMs() - (peer.openedAt ?? 0) > limits.backOffMaxMs) peer.attempts = 0;
    if (peer.link !== undefined) peer.lastMessageAt = peer.link.measures().lastMessageAt;
    delete peer.link;
    delete peer.openedAt;
    peer.lastFailure = reason;
    peer.lastFailureReason = undefined;
    if (stopped) return;
    log.write('info', 'link-closed', { peer: id, reason });
    events?.closed(id);
  }

  return {
    async start(linkEvents) {
      events = linkEvents;
      const { address, port } = await listener.listen(options.listen.host, options.listen.port);
      for (const peer of peers.values()) {
        // The smaller id dials first, so that the two rarely meet half-way.
        if (self < peer.address.id) dialPeer(peer);
        else dialLater(peer);
      }
      return { host: address, port };
    },
    open: () => [...peers.values()].filter(({ link }) => link !== undefined).map(({ address }) => address.id),
    send: (to, frame) => peers.get(to)?.link?.send(frame),
    useless: (from) => peers.get(from)?.link?.useless(),
    spend: (from, costMs) => peers.get(from)?.link?.spend(costMs),
    peers: () => [...peers.values()].map(reportOf),
    async stop() {
      stopped = true;
      for (const peer of peers.values()) {
        clearTimeout(peer.retry);
        peer.cancelDial?.();
        peer.link?.close(closeCodeStopping, 'stopping');
      }
      for (const ws of greeting.keys()) ws.terminate();
      await Promise.all(
        [...[...peers.values()].map(({ link }) => link), ...draining].map((link) => link?.ended),
      );
      await listener.close();
    },
  };
}

const contender = ({ dialer, hello }: Pick<GreetedConnection, 'dialer' | 'hello'>) => ({
  dialer,
  session: hello.session,
});

function reportOf(peer: Peer): PeerReport {
  const { address, link, openedAt, lastFailure, lastFailureReason, lastMessageAt } = peer;
  return {
    id: address.id,
    address: address.address,
    open: link !== undefined,
    ...(lastMessageAt !== undefined && { lastMessageAt }),
    ...(link && { dialer: link.dialer, software: link.hello.software, ...link.measures() }),
    ...(openedAt !== undefined && { openedAt }),
    ...(lastFailure !== undefined && { lastFailure }),
    ...(lastFailureReason !== undefined && { lastFailureReason }),
  };
}
