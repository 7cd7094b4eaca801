/** Ascending sets of transaction numbers that are searched and not listed, and what several of them have in common. */

/** An ascending set of numbers that can be searched from any point in both directions. */
export interface NumberSet {
  /** The nearest member that is ≥ `from`, or ≤ `from` if descending. */
  seek(from: number, ascending: boolean): number | undefined;
}

/** What is in one of them at least. */
export function union(sets: readonly NumberSet[]): NumberSet {
  return {
    seek(from, ascending) {
      const found = sets.flatMap((set) => set.seek(from, ascending) ?? []);
      if (found.length === 0) return undefined;
      return ascending ? Math.min(...found) : Math.max(...found);
    },
  };
}

/** All members, by leaps: each set in turn moves the candidate on until all agree. */
export function* intersection(
  sets: readonly NumberSet[],
  range: { readonly low: number; readonly high: number },
  ascending: boolean,
): IterableIterator<number> {
  const step = ascending ? 1 : -1;
  let candidate: number | undefined = ascending ? range.low : range.high;
  while (candidate !== undefined && candidate >= range.low && candidate <= range.high) {
    const agreed = agree(sets, candidate, ascending);
    if (agreed === candidate) {
      yield candidate;
      candidate += step;
    } else candidate = agreed;
  }
}

/** `candidate` itself if every set has it, else the next number worth a try. */
function agree(sets: readonly NumberSet[], candidate: number, ascending: boolean): number | undefined {
  for (const set of sets) {
    const found = set.seek(candidate, ascending);
    if (found !== candidate) return found;
  }
  return candidate;
}

export function firstAtOrAbove(sorted: readonly number[], from: number): number | undefined {
  return sorted[countBelow(sorted, from)];
}

export function lastAtOrBelow(sorted: readonly number[], from: number): number | undefined {
  return sorted[countBelow(sorted, from + 1) - 1];
}

function countBelow(sorted: readonly number[], bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
