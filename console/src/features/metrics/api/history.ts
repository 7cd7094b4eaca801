import { queryOptions } from '@tanstack/react-query';
import type { MetricsHistoryJson } from '../../../../../shared/api.ts';
import { ask } from '../../../lib/gateway.ts';
import { everyMs, queryClient } from '../../../lib/queries.ts';
import { joined } from '../joined.ts';

export type Span = MetricsHistoryJson['span'];

/** All of the span at first, then what came since. */
export const metricsHistoryQuery = (span: Span) => {
  const queryKey = ['metrics-history', span];
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }): Promise<MetricsHistoryJson> => {
      const known = queryClient.getQueryData<MetricsHistoryJson>(queryKey);
      const since = known?.samples.at(-1)?.at;
      const query = { span, ...(since === undefined ? {} : { since }) };
      const answer = await ask('metricsHistory', { query, signal });
      if (known === undefined || since === undefined) return answer;
      // Another life of the node, or another node: what is known is of no use.
      if (known.node !== answer.node || known.startedAtMs !== answer.startedAtMs)
        return ask('metricsHistory', { query: { span }, signal });
      return joined(known, answer);
    },
    refetchInterval: everyMs(5_000),
  });
};
