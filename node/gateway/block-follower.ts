/**
 * Tells who waits that certified blocks became readable. It looks whenever the node reports a certified block,
 * and at a short interval for those who read the index, which may lag behind that report.
 */
import type { Height } from '../../shared/types/brands.ts';
import type { LedgerQueries } from '../runtime/queries.ts';

export type HeightListener = (from: Height, to: Height) => void;

const lookEveryMs = 100;
const rateWindowMs = 60_000;

export class BlockFollower {
  readonly #queries: LedgerQueries;
  readonly #listeners = new Set<HeightListener>();
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #indexListeners = new Set<() => void>();
  #height: Height;
  #indexed: Height;
  #recent: { readonly time: number; readonly transactions: number }[] = [];

  constructor(queries: LedgerQueries, subscribe: (listener: () => void) => () => void) {
    this.#queries = queries;
    this.#height = queries.certifiedHeight();
    this.#indexed = queries.indexedHeight();
    this.#unsubscribe = subscribe(() => this.look());
    this.#timer = setInterval(() => this.look(), lookEveryMs);
    this.#timer.unref();
  }

  /** Highest readable block. */
  get height(): Height {
    return this.#height;
  }

  /** Calls back with the first and last new height. The returned function ends it. */
  follow(listener: HeightListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back when the index, which events are read from, went on. The returned function ends it. */
  followIndex(listener: () => void): () => void {
    this.#indexListeners.add(listener);
    return () => this.#indexListeners.delete(listener);
  }

  look(): void {
    this.#lookAtBlocks();
    const indexed = this.#queries.indexedHeight();
    if (indexed <= this.#indexed) return;
    this.#indexed = indexed;
    for (const listener of [...this.#indexListeners]) listener();
  }

  #lookAtBlocks(): void {
    const to = this.#queries.certifiedHeight();
    if (to <= this.#height) return;
    const from = (this.#height + 1) as Height;
    this.#height = to;
    this.#count(from, to);
    for (const listener of [...this.#listeners]) listener(from, to);
  }

  /** Mean over the last minute of block time. */
  rate(nowMs: number): { windowMs: number; transactionsPerSecond: number; blocksPerSecond: number } {
    this.#recent = this.#recent.filter(({ time }) => time > nowMs - rateWindowMs);
    const seconds = rateWindowMs / 1000;
    const transactions = this.#recent.reduce((sum, block) => sum + block.transactions, 0);
    return {
      windowMs: rateWindowMs,
      transactionsPerSecond: round(transactions / seconds),
      blocksPerSecond: round(this.#recent.length / seconds),
    };
  }

  #count(from: Height, to: Height): void {
    const first = Math.max(from, to - 10_000);
    for (let height = first; height <= to; height++) {
      const block = this.#queries.block(height as Height);
      if (block) this.#recent.push({ time: block.header.time, transactions: block.transactionCount });
    }
    if (this.#recent.length > 20_000) this.#recent = this.#recent.slice(-10_000);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#listeners.clear();
    this.#indexListeners.clear();
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
