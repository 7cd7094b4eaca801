/** Time in which this process ran: a process that is stopped, or a machine that sleeps, tries no inputs meanwhile. */

/**
 * Milliseconds that have passed, as far as they count: from one question to the next no more than `gapMaxMs`.
 * @param nowMs a monotonic clock
 */
export function createRunningTime(
  gapMaxMs: number,
  nowMs: () => number = () => performance.now(),
): () => number {
  let askedMs = nowMs();
  let ranMs = 0;
  return () => {
    const now = nowMs();
    ranMs += Math.min(now - askedMs, gapMaxMs);
    askedMs = now;
    return ranMs;
  };
}
