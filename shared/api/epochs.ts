/** The chain of epochs as a light client follows it, and who held which key. Links prove themselves; the rest is reported. */
import * as z from 'zod/mini';
import { epochLinkSchema, genesisValidatorSchema, parametersSchema } from './blocks.ts';
import { count, heightNumber, hex32, nodeId, pageOf, timeMs } from './scalars.ts';

const epochRowSchema = z.object({
  epoch: count,
  /** 1 in epoch 0. */
  firstHeight: heightNumber,
  /** Of the block that handed over; absent in the current epoch. */
  lastHeight: z.exactOptional(heightNumber),
  n: count,
  f: count,
  q: count,
  /** Version of the execution rules. */
  protocol: count,
  parameters: parametersSchema,
  /** As they were when it began. */
  validators: z.array(genesisValidatorSchema),
  /** What led to it; absent in epoch 0, which genesis opened. */
  activation: z.exactOptional(count),
  /** Certified by the epoch before, it hands over to this one; null in epoch 0. */
  link: z.nullable(epochLinkSchema),
});
export type EpochRowJson = z.infer<typeof epochRowSchema>;

export const epochsQuerySchema = z.strictObject({
  /** First epoch of the answer; 0 if absent. */
  from: z.exactOptional(count),
  limit: z.exactOptional(z.int().check(z.minimum(1), z.maximum(200))),
});
export const epochsSchema = z.object({
  /** Of the next block. */
  current: count,
  /** Ascending. */
  rows: z.array(epochRowSchema),
  /** `from` of the next page; absent on the last one. */
  next: z.exactOptional(count),
});
export type EpochsJson = z.infer<typeof epochsSchema>;

/** How long a key was in force, in heights: from `from` on and below `until`. */
const heldKeySchema = z.object({
  kind: z.enum(['consensus', 'node']),
  key: hex32,
  /** Height of the block that registered it. */
  registered: heightNumber,
  /** Absent if it never was, or is not yet: its activation waits, lapsed or was withdrawn. */
  from: z.exactOptional(heightNumber),
  until: z.exactOptional(heightNumber),
  /** From there on whoever stole it may have used it. */
  suspected: z.exactOptional(
    z.object({
      since: z.union([z.object({ height: heightNumber }), z.object({ time: timeMs })]),
      reason: z.string(),
    }),
  ),
});
export type HeldKeyJson = z.infer<typeof heldKeySchema>;

const keyHolderSchema = z.object({
  id: nodeId,
  member: nodeId,
  standing: z.enum(['validator', 'former', 'observer']),
  /** By kind, then in the order of registration. */
  keys: z.array(heldKeySchema),
});
export type KeyHolderJson = z.infer<typeof keyHolderSchema>;

export const keyHistoryQuerySchema = z.strictObject({
  /** Of this node alone. */
  node: z.exactOptional(nodeId),
  /** Behind this node, in the order of ids. */
  cursor: z.exactOptional(nodeId),
  limit: z.exactOptional(z.int().check(z.minimum(1), z.maximum(200))),
});
export const keyHistorySchema = pageOf(keyHolderSchema);
export type KeyHistoryJson = z.infer<typeof keyHistorySchema>;
