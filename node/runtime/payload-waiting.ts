/**
 * Transactions of peers that are checked and whose payloads are still to come: they enter the pool with them, so that
 * what waits there can be ordered, and no deadline starts for what cannot (schedule: ids handed over whose payload is
 * withheld). What one peer may have here is bounded; what is dropped comes again by hand-over or by request.
 */
import type { Digest, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { NamedPayload } from '../ledger/modules/streams.ts';
import type { RuntimeContext } from './context.ts';
import { looseCharge } from './loose-charge.ts';
import type { PayloadNeeds } from './payload-needs.ts';

export interface PayloadWaiting {
  /** Calls back at once with those that lack nothing, and with the others one by one. */
  whenHere(
    from: ValidatorId,
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
}

export interface PayloadWaitingEvents {
  /** From whoever says that it has it, alone; for the first one who said so. */
  want(payload: NamedPayload, from: ValidatorId, holders: Iterable<ValidatorId>): void;
  /** Bytes that may still be fetched because this peer names them. */
  leftFor(peer: ValidatorId): number;
}

interface Waiting {
  readonly transaction: Transaction;
  lacking: readonly NamedPayload[];
  readonly takers: Map<ValidatorId, (complete: readonly Transaction[]) => void>;
}

interface Fullness {
  readonly code: 'transaction-dropped' | 'payload-share-full';
  readonly reason: string;
}

/** Payloads that the transactions of one peer wait for; one transaction alone always may. */
const lackingPerPeerMax = 256;
const bytesPerPeerMax = 32 * 1024 * 1024;

export function createPayloadWaiting(
  context: Pick<RuntimeContext, 'reject' | 'ports'>,
  needs: PayloadNeeds,
  events: PayloadWaitingEvents,
): PayloadWaiting {
  const waiting = new Map<TransactionId, Waiting>();

  function whenHere(
    from: ValidatorId,
    transactions: readonly Transaction[],
    take: (complete: readonly Transaction[]) => void,
  ): void {
    const complete: Transaction[] = [];
    for (const transaction of transactions) {
      if (isContradicted(from, transaction)) continue;
      const lacking = needs.lacking([transaction]);
      if (lacking.length === 0) complete.push(transaction);
      else park(from, transaction, lacking, take);
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
    from: ValidatorId,
    transaction: Transaction,
    lacking: readonly NamedPayload[],
    take: (complete: readonly Transaction[]) => void,
  ): void {
    const known = waiting.get(transaction.id);
    const full = known === undefined ? fullness(from, lacking) : undefined;
    if (full !== undefined) {
      context.reject(full.code, from, 'M3', `${transaction.id} ${full.reason}`);
      return;
    }
    const entry = known ?? { transaction, lacking, takers: new Map() };
    entry.takers.set(from, take);
    waiting.set(transaction.id, entry);
    for (const payload of lacking) events.want(payload, from, entry.takers.keys());
  }

  /** Why this peer may not have more here, if so. */
  function fullness(from: ValidatorId, more: readonly NamedPayload[]): Fullness | undefined {
    const wanted = [
      ...more,
      ...[...waiting.values()].flatMap(({ lacking, takers }) => (takers.has(from) ? lacking : [])),
    ];
    const isFirst = wanted.length === more.length;
    if ((!isFirst && wanted.length > lackingPerPeerMax) || sizeOf(wanted) > bytesPerPeerMax)
      return { code: 'transaction-dropped', reason: 'while many wait for their payloads' };
    const charge = wanted.reduce((sum, { size }) => sum + looseCharge(size), 0);
    if (charge <= events.leftFor(from)) return undefined;
    const reason = 'while as much lies here unrecorded as may because this peer names it';
    return { code: 'payload-share-full', reason };
  }

  function recheck(): void {
    for (const entry of [...waiting.values()]) {
      const [from] = entry.takers.keys();
      if (from !== undefined && isContradicted(from, entry.transaction)) {
        waiting.delete(entry.transaction.id);
        continue;
      }
      entry.lacking = needs.lacking([entry.transaction]);
      if (entry.lacking.length > 0) continue;
      waiting.delete(entry.transaction.id);
      for (const take of entry.takers.values()) take([entry.transaction]);
    }
  }

  function withheld(digest: Digest): void {
    for (const { transaction, lacking, takers } of [...waiting.values()]) {
      if (!lacking.some((payload) => payload.digest === digest)) continue;
      waiting.delete(transaction.id);
      // No accusation: who sent it may have lost both in a crash since.
      const facts = { transaction: transaction.id, digest, from: [...takers.keys()] };
      context.ports.log.write('info', 'payload-withheld', facts);
    }
  }

  function closed(peer: ValidatorId): void {
    for (const { transaction, takers } of [...waiting.values()]) {
      if (takers.delete(peer) && takers.size === 0) waiting.delete(transaction.id);
    }
  }

  return {
    whenHere,
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
