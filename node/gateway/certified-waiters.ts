/** Requests that wait for certificates. Register before submitting, so that no block slips between. */
import type { Height, TransactionId } from '../../shared/types/brands.ts';
import type { LedgerQueries, TransactionRecord } from '../runtime/queries.ts';
import type { BlockFollower } from './block-follower.ts';

type Found = ReadonlyMap<TransactionId, TransactionRecord>;
type Arrived = (record: TransactionRecord) => void;

/** One request's wait. */
class Wait {
  /** Resolves when all are certified or the time is over, with those that are. */
  readonly certified: Promise<Found>;
  readonly #found = new Map<TransactionId, TransactionRecord>();
  readonly #missing: Set<TransactionId>;
  readonly #forget: (id: TransactionId, arrived: Arrived) => void;
  readonly #timer: NodeJS.Timeout;
  #resolve: (found: Found) => void = () => undefined;

  constructor(
    ids: readonly TransactionId[],
    timeoutMs: number,
    forget: (id: TransactionId, arrived: Arrived) => void,
  ) {
    this.#missing = new Set(ids);
    this.#forget = forget;
    this.certified = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.finish(), timeoutMs);
    // The request's socket keeps the process alive, not its time limit.
    this.#timer.unref();
  }

  readonly arrived: Arrived = (record) => {
    this.#found.set(record.id, record);
    this.drop(record.id);
  };

  missing(): readonly TransactionId[] {
    return [...this.#missing];
  }

  /** Waits for this id no more: it is certified, or was refused. */
  drop(id: TransactionId): void {
    this.#forget(id, this.arrived);
    if (this.#missing.delete(id) && this.#missing.size === 0) this.finish();
  }

  /** Ends the wait with what there is. */
  finish(): void {
    clearTimeout(this.#timer);
    for (const id of this.#missing) this.#forget(id, this.arrived);
    this.#resolve(this.#found);
  }
}
export type CertifiedWait = Wait;

export class CertifiedWaiters {
  readonly #queries: LedgerQueries;
  readonly #waiting = new Map<TransactionId, Set<Arrived>>();
  readonly #unfollow: () => void;

  constructor(queries: LedgerQueries, follower: BlockFollower) {
    this.#queries = queries;
    this.#unfollow = follower.follow((from, to) => this.#deliver(from, to));
  }

  /** Those that are certified already count at once. */
  wait(ids: readonly TransactionId[], timeoutMs: number): CertifiedWait {
    const wait = new Wait(ids, timeoutMs, (id, arrived) => this.#remove(id, arrived));
    for (const id of wait.missing()) this.#add(id, wait.arrived);
    for (const id of wait.missing()) {
      const record = this.#queries.transaction(id);
      if (record) wait.arrived(record);
    }
    return wait;
  }

  #add(id: TransactionId, arrived: Arrived): void {
    const listeners = this.#waiting.get(id) ?? new Set();
    listeners.add(arrived);
    this.#waiting.set(id, listeners);
  }

  #remove(id: TransactionId, arrived: Arrived): void {
    const listeners = this.#waiting.get(id);
    listeners?.delete(arrived);
    if (listeners?.size === 0) this.#waiting.delete(id);
  }

  #deliver(from: Height, to: Height): void {
    for (let height = from; height <= to && this.#waiting.size > 0; height = (height + 1) as Height) {
      for (const record of this.#queries.blockTransactions(height)) {
        for (const arrived of [...(this.#waiting.get(record.id) ?? [])]) arrived(record);
      }
    }
  }

  close(): void {
    this.#unfollow();
  }
}
