/**
 * The full mesh: one link with every peer of the address book, which may change at any time, and read-only links
 * with other servers while this node is behind. Strangers are refused by name, on both sides' logs (design, section 8).
 */
import { randomBytes } from 'node:crypto';
import { toHex } from '../../shared/codec/hex.ts';
import type { ValidatorId } from '../../shared/types/brands.ts';
import type { LinksPort } from '../runtime/ports.ts';
import { createGate } from './gate.ts';
import { createListener } from './listener.ts';
import type { MeshContext, MeshEvents } from './mesh-context.ts';
import { defaultLimits, type LinkLimits, type LinksOptions } from './options.ts';
import { createPeerBook, type PeerAddress } from './peer-book.ts';
import { type LinkCertificate, ownCertificateOf } from './peer-key.ts';
import type { PeerReport } from './peer-report.ts';
import { createPeering, type Peering } from './peering.ts';
import { createReacher } from './reach.ts';
import { closeCodeRemoved, closeCodeStopping, nextStepOf, type RefusalCode } from './refusals.ts';
import { createRepetitionFilter } from './repetition.ts';
import { createServers } from './servers.ts';
import { createUnknownKeys } from './unknown-keys.ts';
import { linkVersions } from './versions.ts';

/** `open()` and `peers()` speak of the book's peers, of whatever kind; servers are told apart. */
export interface Links extends LinksPort {
  /** Listens and begins to dial. @throws the listen error, such as EADDRINUSE */
  start(events: MeshEvents): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Reads the book again. Who is new is dialled; who is gone, or has proven a key that is gone, is hung up on at
   * once; all other links stay as they are, under the kind that the book says now.
   */
  refresh(): void;
  /**
   * Proves another key from now on, which peers must admit beside the one before. Links are dialled anew one by one;
   * each stays until its successor is open, and no frame is lost.
   *
   * @throws TypeError if it is not of an Ed25519 key
   */
  useCertificate(certificate: LinkCertificate): void;
  /**
   * Rule C1: while this node is behind and the peers that it knows do not help, servers that answer under unknown
   * keys at the book's addresses and at the bootstrap ones are taken for reading. Afterwards they are hung up on.
   */
  behind(isBehind: boolean): void;
  /** Read-only links that are open; `send` takes their names. */
  servers(): readonly ValidatorId[];
  reach(peer: ValidatorId, done: (isReached: boolean) => void): void;
  peers(): readonly PeerReport[];
  /** Says goodbye to all peers. No event comes after it is called. */
  stop(): Promise<void>;
}

const quietMs = 10_000;

export function createLinks(options: LinksOptions): Links {
  const limits: LinkLimits = { ...defaultLimits, ...options.limits };
  const { self, log, wallMs } = options;
  const isNew = createRepetitionFilter(quietMs, wallMs);
  const gate = createGate(log, isNew, limits);
  const { isBookOld } = options;
  const unknownKeys = isBookOld && createUnknownKeys({ isBookOld, graceMs: limits.unknownKeyGraceMs, log });
  const peerings = new Map<ValidatorId, Peering>();
  /** Of peers that left the book, until their connections are gone. */
  const leaving = new Set<Promise<void>>();
  let book = createPeerBook(options.book(), self);
  let certificate = ownCertificateOf(options.certificate);
  /** Absent before the start and after the stop. */
  let events: MeshEvents | undefined;

  const context: MeshContext = {
    self,
    own: {
      versions: options.versions ?? linkVersions,
      network: options.network,
      validator: self,
      session: toHex(randomBytes(16)),
      software: options.software,
    },
    limits,
    log,
    wallMs,
    random: options.random,
    certificate: () => certificate,
    ownerOf: (nodeKey) => book.ownerOf(nodeKey),
    refused(code, facts, key) {
      const isOurs = code === 'link-refused-unknown-key' && facts.by === 'us';
      if (isOurs) unknownKeys?.refused(() => tellRefused(code, facts, key));
      if (!isOurs || unknownKeys === undefined) tellRefused(code, facts, key);
    },
    opened: (peer, kind) => events?.opened(peer, kind),
    closed: (peer) => events?.closed(peer),
    received(link, kind, frame) {
      if (gate.takes(link.peer, kind, frame)) events?.received(link.peer, frame, kind);
      else link.useless();
    },
  };
  function tellRefused(code: RefusalCode, facts: { readonly [name: string]: unknown }, key: string): void {
    const repeated = isNew(`${code} ${key}`);
    if (repeated !== undefined) log.write('warn', code, { ...facts, repeated, nextStep: nextStepOf(code) });
  }
  const servers = createServers(context, options.bootstrap ?? [], {
    isOpen: (peer) => peerings.get(peer)?.link() !== undefined,
    begin: (peer, connection) => peerings.get(peer)?.begin(connection, true),
  });
  const reacher = createReacher(context);
  const listener = createListener({
    certificate,
    frameBytesMax: limits.frameBytesMax,
    handshakeTimeoutMs: limits.handshakeTimeoutMs,
    strangersMax: limits.strangersMax,
    admits: (nodeKey) => book.ownerOf(nodeKey) !== undefined,
    accepted: (connection) => peerings.get(book.ownerOf(connection.keys.peer)!)!.begin(connection, false),
    refused: (code, { remote, nodeKey, by }) =>
      context.refused(code, { by, remote, nodeKey: nodeKey ?? 'none' }, remote.replace(/:\d+$/, '')),
  });
  for (const entry of book.entries) add(entry);

  function add(entry: PeerAddress): Peering {
    const peering = createPeering(entry, context, servers);
    peerings.set(entry.id, peering);
    return peering;
  }
  function remove(id: ValidatorId, peering: Peering): void {
    const wasOpen = peering.link() !== undefined;
    peerings.delete(id);
    const left = peering.end(closeCodeRemoved, 'link-removed');
    leaving.add(left);
    void left.then(() => leaving.delete(left));
    if (wasOpen) context.closed(id);
  }
  function refresh(): void {
    book = createPeerBook(options.book(), self);
    for (const [id, peering] of [...peerings]) {
      const entry = book.get(id);
      if (entry === undefined) remove(id, peering);
      else peering.update(entry);
    }
    servers.refresh();
    for (const entry of book.entries) {
      if (peerings.has(entry.id)) continue;
      const peering = add(entry);
      if (events !== undefined) peering.start();
    }
  }
  /** One by one: with all at once, a certificate that nobody admits would shake every link. */
  function renew([next, ...rest]: readonly Peering[]): void {
    next?.renew(() => renew(rest));
  }
  const linkOf = (id: ValidatorId) => peerings.get(id)?.link() ?? servers.link(id);

  return {
    async start(meshEvents) {
      events = meshEvents;
      unknownKeys?.start();
      const { address, port } = await listener.listen(options.listen.host, options.listen.port);
      for (const peering of peerings.values()) peering.start();
      return { host: address, port };
    },
    refresh,
    useCertificate(next) {
      certificate = ownCertificateOf(next);
      listener.useCertificate(certificate);
      renew([...peerings.values()]);
    },
    knows: (id) => book.get(id) !== undefined,
    behind: servers.behind,
    open: () => [...peerings].filter(([, peering]) => peering.link() !== undefined).map(([id]) => id),
    servers: servers.open,
    send(to, frame) {
      const server = servers.link(to);
      if (server === undefined) peerings.get(to)?.link()?.send(frame);
      else if (gate.givesServer(to, frame)) server.send(frame);
    },
    reach(peer, done) {
      const entry = book.get(peer);
      if (entry === undefined) setImmediate(done, false);
      else reacher.call(entry, done);
    },
    useless: (from) => linkOf(from)?.useless(),
    spend: (from, costMs) => linkOf(from)?.spend(costMs),
    peers: () => [...peerings.values()].map((peering) => peering.report()),
    async stop() {
      events = undefined;
      unknownKeys?.stop();
      reacher.stop();
      const all = [...peerings.values()].map((peering) => peering.end(closeCodeStopping, 'stopping'));
      await Promise.all([...all, ...leaving, servers.stop()]);
      await listener.close();
    },
  };
}
