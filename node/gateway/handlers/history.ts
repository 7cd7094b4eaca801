/** GET metrics-history: what the node did lately, from its memory. */
import type { MetricsHistoryJson, QueryOf } from '../../../shared/api.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { spans } from '../history/history.ts';

export function getMetricsHistory(
  { recorder, self, wallMs, startedAtMs }: GatewayContext,
  { span = 'hour', since }: QueryOf<'metricsHistory'>,
): Answer<MetricsHistoryJson> {
  const { history } = recorder;
  return {
    body: {
      node: self,
      nowMs: Math.round(wallMs()),
      startedAtMs: Math.round(startedAtMs),
      span,
      stepMs: spans[span].stepMs,
      samples: [...history.samples(span, since)],
      viewChanges: [...history.viewChanges(since)],
    },
  };
}
