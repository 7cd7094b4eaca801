/**
 * Transactions that wait on this node. Bounded in count and bytes, and in what one sender may take; each peer has
 * K places of its own for the transactions that it hands over (rule F1), which nobody else can fill. No clock:
 * callers say what time it is, max(own clock, certified time) (rule F2).
 *
 * An entry stays until its pair is certified (`settle`), it expires, or it is removed. Every operation takes time
 * in proportion to what it returns or passes over, not to what waits.
 */
import type { MemberId, Nonce, PublicKey, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Rejection, Transaction, TransactionBody } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { type LedgerRejection, rejection } from './rejections.ts';

export interface PoolLimits {
  /** Without handed-over ones, which have their own places. */
  readonly countMax: number;
  /** Of envelopes, without handed-over ones. */
  readonly bytesMax: number;
  readonly perSenderMax: number;
  /** K of rule F1. */
  readonly placesPerPeer: number;
  /** Beyond this from now a transaction could not run and is refused. */
  readonly lifetimeMaxMs: number;
}

/** A node's own choice, besides K and the lifetime, which the network fixes. */
export function poolLimits(parameters: NetworkParameters): PoolLimits {
  return {
    countMax: 50_000,
    bytesMax: 64 * 1024 * 1024,
    perSenderMax: 25_000,
    placesPerPeer: parameters.waitingPerPeer,
    lifetimeMaxMs: parameters.lifetimeMs + parameters.driftMs,
  };
}

export type PoolSource =
  /**
   * Clients gave it to this node, which promised to try until it expires; of a member, within its share. What was
   * promised before a restart is kept, whatever the clock said then and says now of how long it has to live.
   */
  | { readonly kind: 'accepted'; readonly client?: MemberShare; readonly isPromised?: boolean }
  /** This peer spread it. All that one peer spread may take half of the room that is left, so that others find some. */
  | { readonly kind: 'received'; readonly peer: ValidatorId }
  /** One of the peer's oldest K (rule F1). */
  | { readonly kind: 'handed-over'; readonly peer: ValidatorId };

/** Clients of one of so many members. */
export interface MemberShare {
  readonly member: MemberId;
  readonly members: number;
}

export type PoolAddition =
  /** `added` is false if it was there already; a new source then counts too. */
  | { readonly ok: true; readonly added: boolean }
  /** `pool-full`, `sender-share-full`, `member-share-full`, `peer-places-full`, `expired`, `lifetime-too-long` */
  | { readonly ok: false; readonly rejection: Rejection };

export interface Selection {
  /** Transactions at most. */
  readonly limit: number;
  /** Of envelopes. */
  readonly bytesMax: number;
  /** Those in batches that are on their way. */
  readonly exclude: { has(id: TransactionId): boolean };
}

export interface PoolFigures {
  readonly count: number;
  readonly bytes: number;
  readonly handedOver: number;
  readonly accepted: number;
}

export interface Pool {
  add(transaction: Transaction, source: PoolSource, nowMs: number): PoolAddition;
  has(id: TransactionId): boolean;
  get(id: TransactionId): Transaction | undefined;
  /** Returns those that were here. */
  remove(ids: Iterable<TransactionId>): readonly Transaction[];
  /** These ran in a certified block: they and all others with their (sender, nonce) leave. Returns what left. */
  settle(ran: Iterable<Transaction>): readonly Transaction[];
  /** Removes and returns what has expiresAt ≤ nowMs. */
  expire(nowMs: number): readonly Transaction[];
  /**
   * For a batch: handed-over ones first, peer by peer in turns, then the rest, origin by origin in turns: a peer
   * that spread very many delays its own only. Always the oldest first.
   */
  select(selection: Selection): readonly Transaction[];
  /** The oldest that this node accepted: what it hands over to every validator. None that expires later than said. */
  oldestAccepted(limit: number, expiryMaxMs?: number): readonly Transaction[];
  /** What such peers spread before anybody else did, theirs in turns, each oldest first; without what is accepted. */
  oldestReceived(
    from: (peer: ValidatorId) => boolean,
    limit: number,
    expiryMaxMs?: number,
  ): readonly Transaction[];
  /** What this peer handed over, oldest first. */
  handedOverBy(peer: ValidatorId): readonly Transaction[];
  figures(): PoolFigures;
  /** From now on; what is here already stays. */
  relimit(limits: PoolLimits): void;
  /** Removes and returns what is not to be kept. */
  retain(keeps: (transaction: Transaction) => boolean): readonly Transaction[];
}

/** Clients of this node, or the peer from which it came first. */
type Origin = ValidatorId | 'clients';

interface Entry {
  readonly transaction: Transaction;
  readonly origin: Origin;
  /** Whose clients gave it to this node first. */
  readonly member?: MemberId;
  /** Peers in whose places it stands. Empty: it counts in the common room. */
  peers: ReadonlySet<ValidatorId>;
}
type Entries = Map<TransactionId, Entry>;

export function createPool(limits: PoolLimits): Pool {
  return new MemoryPool(limits);
}

const bucketMs = 1_000;
const noPeers: ReadonlySet<ValidatorId> = new Set();

class MemoryPool implements Pool {
  private limits: PoolLimits;
  /** In order of arrival, as all maps here. */
  private readonly entries: Entries = new Map();
  private readonly accepted: Entries = new Map();
  private readonly byPeer = new Map<ValidatorId, Entries>();
  /** The first of each sender's nonces, and by (sender, nonce) those that came while it was here, which are few. */
  private readonly bySender = new Map<PublicKey, Map<Nonce, Entry>>();
  private readonly rivals = new Map<string, Entries>();
  private readonly byExpirySecond = new Map<number, Entries>();
  private readonly byOrigin = new Map<Origin, Entries>();
  /** Of those in the common room, the bytes. */
  private readonly commonPerOrigin = new Map<Origin, { count: number; bytes: number }>();
  private readonly commonPerMember = new Map<MemberId, { count: number; bytes: number }>();
  private readonly commonPerSender = new Map<PublicKey, number>();
  private commonCount = 0;
  private commonBytes = 0;
  private bytes = 0;

  constructor(limits: PoolLimits) {
    this.limits = limits;
  }

  add(transaction: Transaction, source: PoolSource, nowMs: number): PoolAddition {
    const known = this.entries.get(transaction.id);
    const refused =
      known === undefined
        ? (this.timeRefusal(transaction, source, nowMs) ?? this.roomRefusal(transaction, source))
        : this.newSourceRefusal(known, source);
    if (refused !== undefined) return { ok: false, rejection: rejection(refused) };
    this.addSource(known ?? this.insert(transaction, source), source);
    return { ok: true, added: known === undefined };
  }

  has(id: TransactionId): boolean {
    return this.entries.has(id);
  }

  get(id: TransactionId): Transaction | undefined {
    return this.entries.get(id)?.transaction;
  }

  remove(ids: Iterable<TransactionId>): readonly Transaction[] {
    const removed: Transaction[] = [];
    for (const id of ids) {
      const entry = this.entries.get(id);
      if (entry !== undefined) removed.push(this.drop(entry));
    }
    return removed;
  }

  relimit(limits: PoolLimits): void {
    this.limits = limits;
  }

  retain(keeps: (transaction: Transaction) => boolean): readonly Transaction[] {
    const doomed = [...this.entries.values()].filter(({ transaction }) => !keeps(transaction));
    return doomed.map((entry) => this.drop(entry));
  }

  settle(ran: Iterable<Transaction>): readonly Transaction[] {
    const left: Transaction[] = [];
    for (const { body } of ran) {
      // The next one moves up when the first is dropped.
      for (let entry = this.firstOf(body); entry !== undefined; entry = this.firstOf(body))
        left.push(this.drop(entry));
    }
    return left;
  }

  expire(nowMs: number): readonly Transaction[] {
    const expired: Transaction[] = [];
    const lastSecond = Math.floor(nowMs / bucketMs);
    for (const [second, entries] of this.byExpirySecond) {
      if (second > lastSecond) continue;
      for (const entry of entries.values()) {
        if (entry.transaction.body.expiresAt <= nowMs) expired.push(this.drop(entry));
      }
    }
    return expired;
  }

  select({ limit, bytesMax, exclude }: Selection): readonly Transaction[] {
    const selected = new Set<Transaction>();
    let room = bytesMax;
    for (const { transaction } of this.inOrderOfFairness()) {
      if (selected.size >= limit) break;
      if (exclude.has(transaction.id) || selected.has(transaction)) continue;
      room -= transaction.envelope.length;
      if (room < 0) break;
      selected.add(transaction);
    }
    return [...selected];
  }

  oldestAccepted(limit: number, expiryMaxMs = Number.POSITIVE_INFINITY): readonly Transaction[] {
    const oldest: Transaction[] = [];
    for (const { transaction } of this.accepted.values()) {
      if (oldest.length >= limit) break;
      if (transaction.body.expiresAt <= expiryMaxMs) oldest.push(transaction);
    }
    return oldest;
  }

  oldestReceived(
    from: (peer: ValidatorId) => boolean,
    limit: number,
    expiryMaxMs = Number.POSITIVE_INFINITY,
  ): readonly Transaction[] {
    const theirs = new Map<string, Entries>();
    for (const [origin, entries] of this.byOrigin)
      if (origin !== 'clients' && from(origin)) theirs.set(origin, entries);
    const oldest: Transaction[] = [];
    for (const { transaction } of inTurns(theirs)) {
      if (oldest.length >= limit) break;
      const { id, body } = transaction;
      if (!this.accepted.has(id) && body.expiresAt <= expiryMaxMs) oldest.push(transaction);
    }
    return oldest;
  }

  handedOverBy(peer: ValidatorId): readonly Transaction[] {
    return [...(this.byPeer.get(peer)?.values() ?? [])].map(({ transaction }) => transaction);
  }

  figures(): PoolFigures {
    return {
      count: this.entries.size,
      bytes: this.bytes,
      handedOver: this.entries.size - this.commonCount,
      accepted: this.accepted.size,
    };
  }

  private timeRefusal(
    { body: { expiresAt } }: Transaction,
    source: PoolSource,
    nowMs: number,
  ): LedgerRejection | undefined {
    const isPromised = source.kind === 'accepted' && source.isPromised === true;
    const latest = nowMs + this.limits.lifetimeMaxMs;
    if (expiresAt <= nowMs) return { code: 'expired', facts: { expiresAt, now: nowMs } };
    if (expiresAt > latest && !isPromised) return { code: 'lifetime-too-long', facts: { expiresAt, latest } };
    return undefined;
  }

  private roomRefusal(transaction: Transaction, source: PoolSource): LedgerRejection | undefined {
    if (source.kind === 'handed-over') return this.peerRefusal(source.peer);
    const { countMax, bytesMax, perSenderMax } = this.limits;
    const { sender } = transaction.body;
    if (this.commonCount >= countMax || this.commonBytes + transaction.envelope.length > bytesMax) {
      const facts = { count: this.commonCount, countMax, bytes: this.commonBytes, bytesMax };
      return { code: 'pool-full', facts };
    }
    if (source.kind === 'received' && this.takesTooMuch(source.peer, transaction)) {
      const facts = { count: this.commonCount, countMax, bytes: this.commonBytes, bytesMax };
      return { code: 'pool-full', facts };
    }
    const share = source.kind === 'accepted' ? source.client : undefined;
    const ofMember = share && this.memberRefusal(share, transaction);
    if (ofMember !== undefined) return ofMember;
    const count = this.commonPerSender.get(sender) ?? 0;
    if (count >= perSenderMax) {
      return { code: 'sender-share-full', facts: { sender, count, countMax: perSenderMax } };
    }
    return undefined;
  }

  /** Dynamic thresholds (Choudhury and Hahne, 1998): an origin may have as much as is still free. */
  private takesTooMuch(peer: ValidatorId, { envelope }: Transaction): boolean {
    const { count, bytes } = this.commonPerOrigin.get(peer) ?? { count: 0, bytes: 0 };
    const { countMax, bytesMax } = this.limits;
    return count + 1 > countMax - this.commonCount || bytes + envelope.length > bytesMax - this.commonBytes;
  }

  /** A member's part, and beyond it half of what is still free, so that others find some. */
  private memberRefusal(
    { member, members }: MemberShare,
    { envelope }: Transaction,
  ): LedgerRejection | undefined {
    const { count, bytes } = this.commonPerMember.get(member) ?? { count: 0, bytes: 0 };
    const { countMax, bytesMax } = this.limits;
    const countShare = Math.max(Math.floor(countMax / members), countMax - this.commonCount);
    const bytesShare = Math.max(Math.floor(bytesMax / members), bytesMax - this.commonBytes);
    if (count + 1 <= countShare && bytes + envelope.length <= bytesShare) return undefined;
    return {
      code: 'member-share-full',
      facts: { member, count, countMax: countShare, bytes, bytesMax: bytesShare },
    };
  }

  private newSourceRefusal(entry: Entry, source: PoolSource): LedgerRejection | undefined {
    const takesPlace = source.kind === 'handed-over' && !entry.peers.has(source.peer);
    return takesPlace ? this.peerRefusal(source.peer) : undefined;
  }

  private peerRefusal(peer: ValidatorId): LedgerRejection | undefined {
    const count = this.byPeer.get(peer)?.size ?? 0;
    const countMax = this.limits.placesPerPeer;
    return count < countMax ? undefined : { code: 'peer-places-full', facts: { peer, count, countMax } };
  }

  /** Into the common room; a handed-over one moves on to its place. */
  private insert(transaction: Transaction, source: PoolSource): Entry {
    const { id, body, envelope } = transaction;
    const origin = originOf(source);
    const member = source.kind === 'accepted' ? source.client?.member : undefined;
    const entry: Entry = { transaction, origin, ...(member !== undefined && { member }), peers: noPeers };
    this.entries.set(id, entry);
    putInto(this.byOrigin, origin, entry);
    this.putPair(entry);
    putInto(this.byExpirySecond, Math.floor(body.expiresAt / bucketMs), entry);
    this.bytes += envelope.length;
    this.countCommon(entry, 1);
    return entry;
  }

  private addSource(entry: Entry, source: PoolSource): void {
    const { transaction, peers } = entry;
    if (source.kind === 'accepted') this.accepted.set(transaction.id, entry);
    if (source.kind !== 'handed-over' || peers.has(source.peer)) return;
    if (peers.size === 0) this.countCommon(entry, -1);
    entry.peers = new Set([...peers, source.peer]);
    putInto(this.byPeer, source.peer, entry);
  }

  private drop(entry: Entry): Transaction {
    const { transaction, origin, peers } = entry;
    const { id, body, envelope } = transaction;
    this.entries.delete(id);
    takeFrom(this.byOrigin, origin, id);
    this.accepted.delete(id);
    for (const peer of peers) takeFrom(this.byPeer, peer, id);
    takeFrom(this.byExpirySecond, Math.floor(body.expiresAt / bucketMs), id);
    this.takePair(entry);
    this.bytes -= envelope.length;
    if (peers.size === 0) this.countCommon(entry, -1);
    return transaction;
  }

  private firstOf({ sender, nonce }: TransactionBody): Entry | undefined {
    return this.bySender.get(sender)?.get(nonce);
  }

  private putPair(entry: Entry): void {
    const { body } = entry.transaction;
    const ofSender = this.bySender.get(body.sender) ?? new Map<Nonce, Entry>();
    this.bySender.set(body.sender, ofSender);
    if (ofSender.has(body.nonce)) putInto(this.rivals, pairKey(body), entry);
    else ofSender.set(body.nonce, entry);
  }

  private takePair(entry: Entry): void {
    const { id, body } = entry.transaction;
    const ofSender = this.bySender.get(body.sender);
    if (ofSender?.get(body.nonce) !== entry) {
      takeFrom(this.rivals, pairKey(body), id);
      return;
    }
    ofSender.delete(body.nonce);
    const next = this.nextRival(body);
    if (next !== undefined) ofSender.set(body.nonce, next);
    else if (ofSender.size === 0) this.bySender.delete(body.sender);
  }

  /** Moves up. */
  private nextRival(body: TransactionBody): Entry | undefined {
    if (this.rivals.size === 0) return undefined;
    const pair = pairKey(body);
    const next = this.rivals.get(pair)?.values().next().value;
    if (next !== undefined) takeFrom(this.rivals, pair, next.transaction.id);
    return next;
  }

  private countCommon(entry: Entry, sign: 1 | -1): void {
    const { transaction, origin, member } = entry;
    const { body, envelope } = transaction;
    countInto(this.commonPerOrigin, origin, sign, envelope.length);
    if (member !== undefined) countInto(this.commonPerMember, member, sign, envelope.length);
    this.commonCount += sign;
    this.commonBytes += sign * envelope.length;
    const count = (this.commonPerSender.get(body.sender) ?? 0) + sign;
    if (count === 0) this.commonPerSender.delete(body.sender);
    else this.commonPerSender.set(body.sender, count);
  }

  /** Those in places first; they come up again with their origin. */
  private *inOrderOfFairness(): Iterable<Entry> {
    yield* inTurns(this.byPeer);
    yield* inTurns(this.byOrigin);
  }
}

const originOf = (source: PoolSource): Origin => (source.kind === 'accepted' ? 'clients' : source.peer);

/** One of each group in turn, until all are through. */
function* inTurns(groups: ReadonlyMap<string, Entries>): Iterable<Entry> {
  let open = [...groups.keys()].sort().map((name) => groups.get(name)!.values());
  while (open.length > 0) {
    const next = open.map((turn) => ({ turn, result: turn.next() }));
    for (const { result } of next) if (result.done !== true) yield result.value;
    open = next.filter(({ result }) => result.done !== true).map(({ turn }) => turn);
  }
}

function countInto<Key>(
  counts: Map<Key, { count: number; bytes: number }>,
  key: Key,
  sign: 1 | -1,
  length: number,
): void {
  const { count, bytes } = counts.get(key) ?? { count: 0, bytes: 0 };
  if (count + sign === 0) counts.delete(key);
  else counts.set(key, { count: count + sign, bytes: bytes + sign * length });
}

function pairKey({ sender, nonce }: TransactionBody): string {
  return `${sender}${nonce}`;
}

function putInto<Key>(groups: Map<Key, Entries>, key: Key, entry: Entry): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, new Map([[entry.transaction.id, entry]]));
  else group.set(entry.transaction.id, entry);
}

function takeFrom<Key>(groups: Map<Key, Entries>, key: Key, id: TransactionId): void {
  const group = groups.get(key);
  group?.delete(id);
  if (group?.size === 0) groups.delete(key);
}
