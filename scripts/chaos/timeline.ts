/** When blocks were certified and validators reported them, while faults came and went. Times in milliseconds. */

interface SeenBlock {
  /** Index of the validator whose gateway reported it. */
  readonly gateway: number;
  readonly height: number;
  readonly atMs: number;
}
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Longest time between two new certificates in `span`; time inside `pauses`, when no quorum was there, is left out. */
export function longestGapMs(blocks: readonly SeenBlock[], span: Span, pauses: readonly Span[]): number {
  const times = [...firstSeen(blocks).values(), ...pauses.flatMap(({ fromMs, toMs }) => [fromMs, toMs])]
    .filter((atMs) => atMs > span.fromMs && atMs < span.toMs)
    .sort((a, b) => a - b);
  let longest = 0;
  let before = span.fromMs;
  for (const atMs of [...times, span.toMs]) {
    if (!isPaused((before + atMs) / 2, pauses)) longest = Math.max(longest, atMs - before);
    before = atMs;
  }
  return Math.round(longest);
}

/** Height → when the first gateway reported it. */
function firstSeen(blocks: readonly SeenBlock[]): ReadonlyMap<number, number> {
  const seen = new Map<number, number>();
  for (const { height, atMs } of blocks)
    seen.set(height, Math.min(atMs, seen.get(height) ?? Number.POSITIVE_INFINITY));
  return seen;
}

const isPaused = (atMs: number, pauses: readonly Span[]): boolean =>
  pauses.some(({ fromMs, toMs }) => atMs > fromMs && atMs < toMs);

export const highest = (blocks: readonly SeenBlock[]): number =>
  blocks.reduce((top, { height }) => Math.max(top, height), 0);

/**
 * When the last of `gateways` reported a block above `height` after `fromMs`.
 * @returns undefined while one of them has not
 */
export function followedAtMs(
  blocks: readonly SeenBlock[],
  gateways: readonly number[],
  height: number,
  fromMs: number,
): number | undefined {
  const firsts = new Map<number, number>();
  // They stand in the order in which they were seen.
  for (let at = blocks.length - 1; at >= 0 && blocks[at]!.atMs >= fromMs; at -= 1) {
    const block = blocks[at]!;
    if (block.height > height) firsts.set(block.gateway, block.atMs);
  }
  if (!gateways.every((gateway) => firsts.has(gateway))) return undefined;
  return Math.max(fromMs, ...gateways.map((gateway) => firsts.get(gateway)!));
}
