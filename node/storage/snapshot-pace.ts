/**
 * How fast a snapshot is written beside a node's other work. Consensus waits for every turn of it, on each validator
 * at the same heights: so it takes all the time that it has until the next one is due, less a margin, and no more of
 * the processor than that needs. It reads one checkpoint the while, and SQLite's log grows until it is done: that of a
 * busy node by some 12 MB a second, all of which is moved into the file at once afterwards. Hence the bound.
 */
/** Of the time between two snapshots. */
const margin = 0.5;
const durationMaxMs = 12_000;
/** Pauses, as multiples of the time that the turn before took: 1/31 of a processor, and 1/6 if it is late. */
const unhurried = 30;
const hurried = 5;
const pauseMinMs = 20;

export interface SnapshotPace {
  /** @param done share of the work that is done, 0 to 1 @param turnMs the turn that has just ended */
  pauseMs(nowMs: number, done: number, turnMs: number): number;
}

/** @param intervalMs between this snapshot and the one before; undefined if there was none in this process */
export function createPace(startedMs: number, intervalMs: number | undefined): SnapshotPace {
  const durationMs = Math.min(durationMaxMs, (intervalMs ?? durationMaxMs) * margin);
  return {
    pauseMs(nowMs, done, turnMs) {
      const isLate = nowMs - startedMs > durationMs * done;
      return Math.max(pauseMinMs, turnMs * (isLate ? hurried : unhurried));
    },
  };
}
