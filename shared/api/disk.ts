/** What a node's directory takes on its disk, and how fast it grows. */
import * as z from 'zod/mini';
import { count, nodeId, timeMs } from './scalars.ts';

export const diskSchema = z.object({
  node: nodeId,
  nowMs: timeMs,
  directory: z.string(),
  /** Bytes; 0 a day for what is bounded. */
  parts: z.array(
    z.object({
      part: z.enum(['votes', 'ledger', 'derived', 'payloads', 'snapshots', 'log', 'other']),
      bytes: count,
      growthPerDay: count,
    }),
  ),
  freeBytes: count,
  totalBytes: count,
  growthPerDay: count,
  /** Until the disk is full at this rate; absent if nothing grows. */
  daysLeft: z.exactOptional(count),
  /** Milliseconds that the rate was measured over: a day at most. */
  measuredOverMs: count,
});
export type DiskJson = z.infer<typeof diskSchema>;
