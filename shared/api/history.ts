/** What a node did lately: samples at a fixed pace from its memory, and every change of view. Reported, not proven. */
import * as z from 'zod/mini';
import { count, heightNumber, nodeId, timeMs } from './scalars.ts';

const ms = z.number();

const metricSampleSchema = z.object({
  /** End of the interval. */
  at: timeMs,
  overMs: count,
  /** Certified and durable within the interval. */
  blocks: count,
  succeeded: count,
  failed: count,
  /** From arrival in this node's pool until certified and durable; absent if nothing that waited here was. */
  wait: z.exactOptional(z.object({ count, p50Ms: ms, p95Ms: ms, p99Ms: ms })),
  /** At its end: transactions that wait, height, view, validators heard from. */
  pool: count,
  height: heightNumber,
  view: count,
  reachable: count,
});
export type MetricSampleJson = z.infer<typeof metricSampleSchema>;

const viewChangeSchema = z.object({ at: timeMs, epoch: count, from: count, to: count, primary: nodeId });
export type ViewChangeJson = z.infer<typeof viewChangeSchema>;

export const metricsHistoryQuerySchema = z.strictObject({
  /** `hour`: a sample every 5 s for the last hour; `day`: one a minute for the last day. */
  span: z.exactOptional(z.enum(['hour', 'day'])),
  /** Only what came after this moment. */
  since: z.exactOptional(timeMs),
});
export const metricsHistorySchema = z.object({
  node: nodeId,
  nowMs: timeMs,
  /** The history is kept in memory and begins with the node. */
  startedAtMs: timeMs,
  span: z.enum(['hour', 'day']),
  stepMs: count,
  /** Oldest first. */
  samples: z.array(metricSampleSchema),
  viewChanges: z.array(viewChangeSchema),
});
export type MetricsHistoryJson = z.infer<typeof metricsHistorySchema>;
