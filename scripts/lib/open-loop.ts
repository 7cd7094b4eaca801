/**
 * An open loop: the schedule, not the server, decides when the next request leaves, and latency counts from the
 * intended time, so that a stalled server cannot hide its stall (coordinated omission).
 */
export interface OpenLoopOptions {
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Items that fall due within one tick leave together. */
  readonly tickMs: number;
  readonly nowMs: () => number;
}

export interface Due {
  /** Index of the first item. */
  readonly first: number;
  readonly count: number;
  /** Intended send time of item `first + i` is `startMs + (first + i) × 1000 / rate`. */
  readonly startMs: number;
}

/** Number of items that are due by `elapsedMs`; the first one is due at once, the last before the duration ends. */
export const dueBy = (elapsedMs: number, { durationMs, ratePerSecond }: OpenLoopOptions): number =>
  Math.min(
    Math.floor((Math.max(elapsedMs, 0) * ratePerSecond) / 1000) + 1,
    Math.ceil((durationMs * ratePerSecond) / 1000),
  );

/** Milliseconds from the start until item `index` is due. */
const dueAfterMs = (index: number, { ratePerSecond }: OpenLoopOptions): number =>
  (index * 1000) / ratePerSecond;

/** A timer comes up to a millisecond late, which would count as the server's: what is nearer is waited for awake. */
const awakeMs = 1.5;

/** Calls `send` with what fell due, until the duration is over. Never waits for an answer, and sleeps in between. */
export function runOpenLoop(options: OpenLoopOptions, send: (due: Due) => void): Promise<void> {
  const { durationMs, tickMs, nowMs } = options;
  const isExact = tickMs < awakeMs;
  const startMs = nowMs();
  let sent = 0;
  return new Promise((resolve) => {
    const look = (): void => {
      const elapsedMs = nowMs() - startMs;
      const due = dueBy(elapsedMs, options);
      if (due > sent) send({ first: sent, count: due - sent, startMs });
      sent = due;
      if (elapsedMs >= durationMs) {
        resolve();
        return;
      }
      const nextMs = Math.min(dueAfterMs(sent, options), durationMs) - (nowMs() - startMs);
      if (isExact && nextMs <= awakeMs) setImmediate(look);
      else setTimeout(look, Math.max(tickMs, isExact ? nextMs - awakeMs : nextMs));
    };
    look();
  });
}
