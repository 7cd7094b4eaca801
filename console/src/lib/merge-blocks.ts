import type { BlockSummaryJson } from '../../../shared/api.ts';

/**
 * Puts `added`, in any order, into `known`, which is newest first; each height once. What is older than all that is
 * added stays as it is: a list of 100,000 blocks is not sorted anew for each one that comes.
 */
export function mergeBlocks(
  known: readonly BlockSummaryJson[],
  added: readonly BlockSummaryJson[],
): readonly BlockSummaryJson[] {
  if (added.length === 0) return known;
  const lowest = added.reduce((least, { height }) => Math.min(least, height), Number.POSITIVE_INFINITY);
  const older = known.findIndex(({ height }) => height < lowest);
  const tail = older < 0 ? [] : known.slice(older);
  const head = older < 0 ? known : known.slice(0, older);
  const byHeight = new Map([...head, ...added].map((block) => [block.height, block]));
  return [...byHeight.values()].sort((a, b) => b.height - a.height).concat(tail);
}
