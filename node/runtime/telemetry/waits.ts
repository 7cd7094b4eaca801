/** How long transactions wait here: from arrival in this node's pool until their block is certified and durable. */
import type { TransactionId } from '../../../shared/types/brands.ts';
import type { ClockPort } from '../ports.ts';
import { createHistogram, type HistogramSnapshot, waitBounds } from './histogram.ts';

export interface Waits {
  arrived(id: TransactionId): void;
  /** They ran. What did not wait here is not counted. */
  committed(ids: Iterable<TransactionId>): void;
  /** They left without having run. */
  left(ids: Iterable<TransactionId>): void;
  /** Seconds. */
  snapshot(): HistogramSnapshot;
}

/** Holds one moment for each transaction of the pool, and is bounded as the pool is. */
export function createWaits(clock: ClockPort): Waits {
  const arrivedAtMs = new Map<TransactionId, number>();
  const histogram = createHistogram(waitBounds);
  return {
    arrived: (id) => void arrivedAtMs.set(id, clock.monotonicMs()),
    committed(ids) {
      const nowMs = clock.monotonicMs();
      for (const id of ids) {
        const sinceMs = arrivedAtMs.get(id);
        if (sinceMs === undefined) continue;
        histogram.observe((nowMs - sinceMs) / 1_000);
        arrivedAtMs.delete(id);
      }
    },
    left(ids) {
      for (const id of ids) arrivedAtMs.delete(id);
    },
    snapshot: histogram.snapshot,
  };
}
