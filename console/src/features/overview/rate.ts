/** Blocks as counting needs them. */
export interface CountedBlock {
  readonly time: number;
  readonly transactions: number;
}

/**
 * Transactions in each of the last `seconds` whole seconds before `now`, oldest first, by block time.
 * The running second is left out: it is not over.
 */
export function ratePerSecond(
  blocks: readonly CountedBlock[],
  now: number,
  seconds: number,
): readonly number[] {
  const counts = new Array<number>(seconds).fill(0);
  const end = Math.floor(now / 1000);
  for (const { time, transactions } of blocks) {
    const at = seconds - (end - Math.floor(time / 1000));
    if (at >= 0 && at < seconds) counts[at] = (counts[at] ?? 0) + transactions;
  }
  return counts;
}
