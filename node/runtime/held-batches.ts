/**
 * Batches that passed their checks, with their bodies, until they are certified and the window has moved on. Once one is
 * certified, its envelopes alone are kept: peers may still ask, and decoded bodies are a dozen objects each for the
 * collector. A body that several batches name is held once.
 */
import { decodeEnvelope } from '../../shared/codec/ledger.ts';
import { type BatchDigest, type Height, heightOf, type TransactionId } from '../../shared/types/brands.ts';
import type { Batch, Transaction } from '../../shared/types/ledger.ts';

export interface HeldBatch {
  readonly batch: Batch;
  /** In the batch's order. */
  readonly transactions: readonly Transaction[];
}

export interface HeldBatches {
  /** One that is held already is held for the higher of the two. */
  add(digest: BatchDigest, sequence: Height, held: HeldBatch): void;
  has(digest: BatchDigest): boolean;
  batch(digest: BatchDigest): Batch | undefined;
  /** With all its bodies, or not at all. */
  whole(digest: BatchDigest): HeldBatch | undefined;
  transaction(id: TransactionId): Transaction | undefined;
  envelope(id: TransactionId): Uint8Array | undefined;
  /** This height and those below are certified and durable. @param window in heights */
  certified(height: Height, window: number): void;
}

interface HeldEntry {
  readonly batch: Batch;
  /** Until it is certified; after that they are decoded when somebody needs them. */
  transactions: readonly Transaction[] | undefined;
  sequence: Height;
}

interface HeldBody {
  readonly envelope: Uint8Array;
  /** As in the entry. */
  transaction: Transaction | undefined;
  /** In so many held batches. */
  uses: number;
}

export function createHeldBatches(): HeldBatches {
  const entries = new Map<BatchDigest, HeldEntry>();
  const bodies = new Map<TransactionId, HeldBody>();

  function add(digest: BatchDigest, sequence: Height, { batch, transactions }: HeldBatch): void {
    const known = entries.get(digest);
    if (known !== undefined) {
      known.sequence = heightOf(Math.max(known.sequence, sequence));
      return;
    }
    entries.set(digest, { batch, transactions, sequence });
    for (const transaction of transactions) {
      const body = bodies.get(transaction.id);
      if (body === undefined)
        bodies.set(transaction.id, { envelope: transaction.envelope, transaction, uses: 1 });
      else body.uses += 1;
    }
  }

  function whole(digest: BatchDigest): HeldBatch | undefined {
    const entry = entries.get(digest);
    if (entry === undefined) return undefined;
    const { batch } = entry;
    const transactions = entry.transactions ?? batch.ids.flatMap((id) => transactionOf(id) ?? []);
    // Never a part of a batch: whoever needs the whole then fetches it, or says that it is not here.
    return transactions.length === batch.ids.length ? { batch, transactions } : undefined;
  }

  function transactionOf(id: TransactionId): Transaction | undefined {
    const body = bodies.get(id);
    return body && (body.transaction ?? decodeEnvelope(body.envelope));
  }

  function keepEnvelopesOnly(entry: HeldEntry): void {
    if (entry.transactions === undefined) return;
    entry.transactions = undefined;
    for (const id of entry.batch.ids) {
      const body = bodies.get(id);
      if (body !== undefined) body.transaction = undefined;
    }
  }

  function release(digest: BatchDigest, { batch }: HeldEntry): void {
    entries.delete(digest);
    for (const id of batch.ids) {
      const body = bodies.get(id);
      if (body === undefined) continue;
      body.uses -= 1;
      if (body.uses === 0) bodies.delete(id);
    }
  }

  return {
    add,
    has: (digest) => entries.has(digest),
    batch: (digest) => entries.get(digest)?.batch,
    whole,
    transaction: transactionOf,
    envelope: (id) => bodies.get(id)?.envelope,
    certified(height, window) {
      for (const [digest, entry] of entries) {
        if (entry.sequence <= height - window) release(digest, entry);
        else if (entry.sequence <= height) keepEnvelopesOnly(entry);
      }
    },
  };
}
