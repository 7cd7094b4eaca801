/**
 * Transactions of peers that are checked and whose payloads are still to come: they enter the pool with them, so that
 * what waits there can be ordered, and no deadline starts for what cannot (schedule: ids handed over whose payload is
 * withheld). What one peer may have here is bounded, by the way in which it brings it (payload-room.ts); what is dropped
 * comes again by hand-over or by request.
 */
import type { Digest, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { BufferFigure } from '../consensus/buffers.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import type { RuntimeContext } from './context.ts';
import { fullest } from './fullest.ts';
import type { PayloadNeeds } from './payload-needs.ts';
import type { PayloadRoom } from './payload-room.ts';
import type { PeerShare } from './payload-uses.ts';

export interface PayloadWaiting {
  /** Calls back at once with those that lack nothing, and with the others one by one. */
  whenHere(
    brought: Brought,
    transactions: readonly Transaction[],
    take: (complete: readonly Transaction[]) => void,
  ): void;
  /** A checked transaction that waits here. */
  get(id: TransactionId): Transaction | undefined;
  isWaitedFor(digest: Digest): boolean;
  /** Some payloads came, or state moved on. */
  recheck(): void;
  /** Whoever sent the transactions does not have it: they are dropped. */
  withheld(digest: Digest): void;
  closed(peer: ValidatorId): void;
  buffers(): readonly BufferFigure[];
}

export interface PayloadWaitingEvents {
  /** From whoever says that it has it, alone. */
  want(payload: NamedPayload, holders: Iterable<ValidatorId>): void;
}

/** Who sent it, and how: in whose room it is. */
export interface Brought {
  readonly from: ValidatorId;
  readonly share: PeerShare;
}

interface Waiting {
  readonly transaction: Transaction;
  /** Of the first one who brought it. */
  readonly share: PeerShare;
  lacking: readonly NamedPayload[];
  readonly takers: Map<ValidatorId, (complete: readonly Transaction[]) => void>;
}

interface Fullness {
  readonly code: 'transaction-dropped' | 'payload-share-full';
  readonly reason: string;
}

/** Payloads that the transactions of one share wait for; one transaction alone always may. */
const lackingPerShareMax = 256;
const bytesPerShareMax = 32 * 1024 * 1024;

export function createPayloadWaiting(
  context: Pick<RuntimeContext, 'reject' | 'ports'>,
  needs: PayloadNeeds,
  room: Pick<PayloadRoom, 'admit' | 'left'>,
  events: PayloadWaitingEvents,
): PayloadWaiting {
  const waiting = new Map<TransactionId, Waiting>();

  function whenHere(
    brought: Brought,
    transactions: readonly Transaction[],
    take: (complete: readonly Transaction[]) => void,
  ): void {
    const complete: Transaction[] = [];
    for (const transaction of transactions) {
      if (needs.named(transaction).length === 0) {
        complete.push(transaction);
        continue;
      }
      if (isContradicted(brought.from, transaction)) continue;
      const lacking = needs.lacking([transaction]);
      if (!hasRoom(brought, transaction, lacking)) continue;
      if (lacking.length === 0) complete.push(transaction);
      else park(brought, transaction, lacking, take);
    }
    if (complete.length > 0 || transactions.length === 0) take(complete);
  }

  /** Nobody orders it, so nobody waits for it. */
  function isContradicted(from: ValidatorId, transaction: Transaction): boolean {
    const digest = needs.contradicted(transaction);
    if (digest === undefined) return false;
    const reason = `${transaction.id} names payload ${digest}, which says that it may be erased, as what may not`;
    context.reject('transaction-dropped', from, 'N2', reason);
    return true;
  }

  function park(
    { from, share }: Brought,
    transaction: Transaction,
    lacking: readonly NamedPayload[],
    take: (complete: readonly Transaction[]) => void,
  ): void {
    const entry = waiting.get(transaction.id) ?? { transaction, share, lacking, takers: new Map() };
    entry.takers.set(from, take);
    waiting.set(transaction.id, entry);
    for (const payload of lacking) events.want(payload, entry.takers.keys());
  }

  /** What waits here has had its room since it came. */
  function hasRoom(
    { from, share }: Brought,
    transaction: Transaction,
    lacking: readonly NamedPayload[],
  ): boolean {
    if (waiting.has(transaction.id)) return true;
    const full = fullness(share, transaction, lacking);
    if (full !== undefined) context.reject(full.code, from, 'M3', `${transaction.id} ${full.reason}`);
    return full === undefined;
  }

  /** Why no more may be here in this share, if so. */
  function fullness(
    share: PeerShare,
    transaction: Transaction,
    more: readonly NamedPayload[],
  ): Fullness | undefined {
    const before = [...waiting.values()].flatMap((entry) => (entry.share === share ? entry.lacking : []));
    const wanted = [...before, ...more];
    const isTooMany = before.length > 0 && wanted.length > lackingPerShareMax;
    if (more.length > 0 && (isTooMany || sizeOf(wanted) > bytesPerShareMax))
      return { code: 'transaction-dropped', reason: 'while many wait for their payloads' };
    if (room.admit(transaction, share)) return undefined;
    return { code: 'payload-share-full', reason: `while ${share} has as much here as it may` };
  }

  function drop({ transaction: { id } }: Waiting): void {
    waiting.delete(id);
    room.left([id]);
  }

  function recheck(): void {
    for (const entry of [...waiting.values()]) {
      const [from] = entry.takers.keys();
      if (from !== undefined && isContradicted(from, entry.transaction)) {
        drop(entry);
        continue;
      }
      entry.lacking = needs.lacking([entry.transaction]);
      if (entry.lacking.length > 0) continue;
      waiting.delete(entry.transaction.id);
      for (const take of entry.takers.values()) take([entry.transaction]);
    }
  }

  function withheld(digest: Digest): void {
    for (const entry of [...waiting.values()]) {
      const { transaction, lacking, takers } = entry;
      if (!lacking.some((payload) => payload.digest === digest)) continue;
      drop(entry);
      // No accusation: who sent it may have lost both in a crash since.
      const facts = { transaction: transaction.id, digest, from: [...takers.keys()] };
      context.ports.log.write('info', 'payload-withheld', facts);
    }
  }

  function closed(peer: ValidatorId): void {
    for (const entry of [...waiting.values()]) {
      if (entry.takers.delete(peer) && entry.takers.size === 0) drop(entry);
    }
  }

  function buffers(): BufferFigure[] {
    const counts = new Map<PeerShare, number>();
    const bytes = new Map<PeerShare, number>();
    for (const { share, lacking } of waiting.values()) {
      counts.set(share, (counts.get(share) ?? 0) + lacking.length);
      bytes.set(share, (bytes.get(share) ?? 0) + sizeOf(lacking));
    }
    // One transaction alone names fewer than these.
    return [
      fullest('payloads waited for in one share', counts.values(), lackingPerShareMax),
      fullest('bytes of payloads waited for in one share', bytes.values(), bytesPerShareMax),
    ];
  }

  return {
    whenHere,
    buffers,
    get: (id) => waiting.get(id)?.transaction,
    isWaitedFor: (digest) =>
      [...waiting.values()].some(({ lacking }) => lacking.some((payload) => payload.digest === digest)),
    recheck,
    withheld,
    closed,
  };
}

const sizeOf = (payloads: readonly NamedPayload[]): number =>
  payloads.reduce((sum, { size }) => sum + size, 0);
