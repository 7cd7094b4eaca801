import type { MetricsHistoryJson } from '../../../../shared/api.ts';

type Sample = MetricsHistoryJson['samples'][number];
type Values = readonly (number | null)[];

export interface Rates {
  /** Milliseconds since 1970. */
  readonly moments: readonly number[];
  /** Per second. */
  readonly succeeded: Values;
  readonly failed: Values;
  readonly blocks: Values;
  /** Milliseconds. */
  readonly p50: Values;
  readonly p95: Values;
  readonly p99: Values;
  /** Transactions. */
  readonly pool: Values;
}

/** Columns for charts. Where no sample was taken (the node slept, or the machine did) there is a moment without values. */
export function ratesOf(samples: readonly Sample[]): Rates {
  const rows = samples.flatMap((sample, index): readonly (Sample | number)[] => {
    const before = samples[index - 1];
    const from = sample.at - sample.overMs;
    return before !== undefined && from - before.at > sample.overMs ? [from, sample] : [sample];
  });
  const column = (figureOf: (sample: Sample) => number | undefined): Values =>
    rows.map((row) => (typeof row === 'number' ? null : (figureOf(row) ?? null)));
  const perSecond = (count: number, { overMs }: Sample): number => (count * 1_000) / overMs;
  return {
    moments: rows.map((row) => (typeof row === 'number' ? row : row.at)),
    succeeded: column((sample) => perSecond(sample.succeeded, sample)),
    failed: column((sample) => perSecond(sample.failed, sample)),
    blocks: column((sample) => perSecond(sample.blocks, sample)),
    p50: column(({ wait }) => wait?.p50Ms),
    p95: column(({ wait }) => wait?.p95Ms),
    p99: column(({ wait }) => wait?.p99Ms),
    pool: column(({ pool }) => pool),
  };
}
