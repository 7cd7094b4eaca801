import type { MetricsHistoryJson } from '../../../../shared/api.ts';

const spanMs: { readonly [span in MetricsHistoryJson['span']]: number } = {
  hour: 3_600_000,
  day: 86_400_000,
};

/** What was known with what came since; what is older than the span leaves. */
export function joined(known: MetricsHistoryJson, newer: MetricsHistoryJson): MetricsHistoryJson {
  const oldest = newer.nowMs - spanMs[newer.span];
  const lastChange = known.viewChanges.at(-1)?.at ?? 0;
  return {
    ...newer,
    samples: [...known.samples, ...newer.samples].filter(({ at }) => at >= oldest),
    viewChanges: [
      ...known.viewChanges,
      // Asked for since the last sample, which a change may precede.
      ...newer.viewChanges.filter(({ at }) => at > lastChange),
    ].filter(({ at }) => at >= oldest),
  };
}
