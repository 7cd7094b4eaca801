/** What was accepted here lately, so that its fate can be told after it left the pool. Bounded: oldest first out. */
import type { TransactionId } from '../../shared/types/brands.ts';
import type { Transaction } from '../../shared/types/ledger.ts';

export interface KnownSubmission {
  readonly senderKey: string;
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly action: string;
}

const rememberedMax = 100_000;

export class SubmissionMemory {
  readonly #known = new Map<TransactionId, KnownSubmission>();

  remember(transaction: Transaction): void {
    const { sender, nonce, expiresAt, action } = transaction.body;
    this.#known.set(transaction.id, { senderKey: sender, nonce, expiresAt, action });
    if (this.#known.size <= rememberedMax) return;
    const oldest = this.#known.keys().next();
    if (!oldest.done) this.#known.delete(oldest.value);
  }

  get(id: TransactionId): KnownSubmission | undefined {
    return this.#known.get(id);
  }
}
