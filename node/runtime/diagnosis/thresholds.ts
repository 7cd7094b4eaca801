/** When a figure becomes a cause. Local to this node: no replica depends on another's. */
export const thresholds = {
  /** A validator that was not heard for so long is not reachable: three pings and three statuses. */
  silentMs: 3_000,
  /** Something waits, and no block was certified for so long. */
  stalledMs: 2_500,
  /** A view change is told for so long after it. */
  recentMs: 60_000,
  /** What a peer sent against a rule is told for so long. */
  misconductMs: 600_000,
  /** Diverging views and lags may last so long after a view change before they are a cause. */
  settleMs: 3_000,
  behindBlocks: 32,
  /** A clock is told of from here on; from `driftMs` on its validator's proposals are refused (rule N1). */
  clockMs: 2_000,
  diskFreeBytes: 256 * 1024 ** 2,
  diskNearlyFullBytes: 64 * 1024 ** 2,
  commitMedianMs: 50,
  commitP99Ms: 500,
  /** Fewer commits than this say nothing. */
  commitsMin: 8,
  loopDelayMs: 500,
  certificateDays: 30,
  certificateUrgentDays: 7,
} as const;
