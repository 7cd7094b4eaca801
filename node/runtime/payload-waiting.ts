/**
 * Transactions of peers that are checked and whose payloads are still to come: they enter the pool with them, so that
 * what waits there can be ordered, and no deadline starts for what cannot (schedule: ids handed over whose payload is
 * withheld). What one peer may have here is bounded; what is dropped comes again by hand-over or by request.
 */
import type { Digest, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';
import type { RuntimeContext } from './context.ts';
import type { NamedPayload, PayloadNeeds } from './payload-needs.ts';

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
  /** From whoever says that it has it, alone. */
  want(payload: NamedPayload, holders: Iterable<ValidatorId>): void;
}

interface Waiting {
  readonly transaction: Transaction;
  lacking: readonly NamedPayload[];
  readonly takers: Map<ValidatorId, (complete: readonly Transaction[]) => void>;
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
      const lacking = needs.lacking([transaction]);
      if (lacking.length === 0) complete.push(transaction);
      else park(from, transaction, lacking, take);
    }
    if (complete.length > 0 || transactions.length === 0) take(complete);
  }

  function park(
    from: ValidatorId,
    transaction: Transaction,
    lacking: readonly NamedPayload[],
    take: (complete: readonly Transaction[]) => void,
  ): void {
    const known = waiting.get(transaction.id);
    if (known === undefined && isFull(from, lacking)) {
      context.reject(
        'transaction-dropped',
        from,
        'M3',
        `${transaction.id} while many wait for their payloads`,
      );
      return;
    }
    const entry = known ?? { transaction, lacking, takers: new Map() };
    entry.takers.set(from, take);
    waiting.set(transaction.id, entry);
    for (const payload of lacking) events.want(payload, entry.takers.keys());
  }

  function isFull(from: ValidatorId, more: readonly NamedPayload[]): boolean {
    let count = 0;
    let bytes = sizeOf(more);
    for (const { lacking, takers } of waiting.values()) {
      if (!takers.has(from)) continue;
      count += lacking.length;
      bytes += sizeOf(lacking);
    }
    return (count > 0 && count + more.length > lackingPerPeerMax) || bytes > bytesPerPeerMax;
  }

  function recheck(): void {
    for (const entry of [...waiting.values()]) {
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
