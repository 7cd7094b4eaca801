/**
 * From a kill to the certificate that ends the standstill, milliseconds. What was decided before the kill may still
 * arrive after it: the longest gap between certificates that follows the kill is the standstill.
 * @param certifiedAtMs when each new certificate was seen, in any order
 * @param beforeMs gaps that begin later have other causes, such as the return of the one that was killed
 * @returns undefined if none came after the kill
 */
export function gapAfterKillMs(
  certifiedAtMs: readonly number[],
  killedMs: number,
  beforeMs: number = Number.POSITIVE_INFINITY,
): number | undefined {
  const after = certifiedAtMs.filter((atMs) => atMs > killedMs).sort((a, b) => a - b);
  const gaps = after
    .map((atMs, i) => ({ atMs, gapMs: atMs - (after[i - 1] ?? killedMs) }))
    .filter(({ atMs, gapMs }) => atMs - gapMs < beforeMs);
  const longest = gaps.reduce((best, gap) => (gap.gapMs > best.gapMs ? gap : best), { atMs: 0, gapMs: -1 });
  return longest.gapMs < 0 ? undefined : Math.round(longest.atMs - killedMs);
}
