/** Who held which consensus key, as bars over the heights of the chain. */
import type { HeldKey } from './held.ts';

export interface Segment {
  readonly key: string;
  readonly from: number;
  /** The last height; absent while it is held. */
  readonly to: number | undefined;
  /** Of the whole, from 0 to 100. */
  readonly startPercent: number;
  readonly widthPercent: number;
}

export interface Bar {
  readonly holder: string;
  readonly segments: readonly Segment[];
}

/** One bar for each validator that ever was, by id; keys that never came into force are on none. */
export function barsOf(keys: readonly HeldKey[], height: number): readonly Bar[] {
  const held = keys.filter(({ kind, from }) => kind === 'consensus' && from !== undefined);
  const holders = [...new Set(held.map(({ holder }) => holder))].toSorted();
  return holders.map((holder) => ({
    holder,
    segments: held
      .filter((key) => key.holder === holder)
      .map((key) => segmentOf(key, height))
      .toSorted((one, other) => one.from - other.from),
  }));
}

function segmentOf({ key, from = 0, until }: HeldKey, height: number): Segment {
  const whole = Math.max(1, height);
  const end = Math.min(until ?? whole + 1, whole + 1);
  const start = Math.min(from, whole);
  return {
    key,
    from,
    to: until === undefined ? undefined : until - 1,
    startPercent: ((start - 1) / whole) * 100,
    widthPercent: (Math.max(0, end - start) / whole) * 100,
  };
}

/** `alpha: aaaaaaaa…aaaa in blocks 1 to 22, then bbbbbbbb…bbbb since block 23` */
export const barInWords = ({ holder, segments }: Bar, shorten: (key: string) => string): string =>
  `${holder}: ${segments
    .map(({ key, from, to }) =>
      to === undefined ? `${shorten(key)} since block ${from}` : `${shorten(key)} in blocks ${from} to ${to}`,
    )
    .join(', then ')}`;
