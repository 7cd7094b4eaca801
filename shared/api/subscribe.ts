/**
 * Messages of the WebSocket `/api/v1/subscribe`, one JSON text each. The client sends one `subscribe`; the
 * server answers `subscribed`, then every item from that position on without a gap or a repeat, and a
 * `heartbeat` when it is quiet. To resume, here or at another node, subscribe from `next` of the last message.
 */
import * as z from 'zod/mini';
import { blockSummarySchema } from './blocks.ts';
import { problemSchema } from './problems.ts';
import { streamEventSchema } from './records.ts';
import { count, heightNumber, hex32, identityId, streamName, timeMs } from './scalars.ts';

/** All given members must match. */
const eventFilterSchema = z.strictObject({
  stream: z.exactOptional(streamName),
  streamPrefix: z.exactOptional(z.string().check(z.maxLength(200))),
  type: z.exactOptional(z.string()),
  labels: z.exactOptional(z.record(z.string(), z.string())),
});
export type EventFilter = z.infer<typeof eventFilterSchema>;
const blockFilterSchema = z.strictObject({
  /** Leaves out empty blocks. */
  nonEmpty: z.exactOptional(z.boolean()),
  proposer: z.exactOptional(identityId),
});
export type BlockFilter = z.infer<typeof blockFilterSchema>;

/** A position: the height of a block, or the position of an event. `now` starts with the next new item. */
const fromSchema = z.union([count, z.literal('now')], 'a position such as 0, or "now"');

/** Of a session, for who cannot send a header or cookie with the upgrade. */
const tokenSchema = z.exactOptional(z.string().check(z.maxLength(100)));

export const subscribeMessageSchema = z.discriminatedUnion(
  'topic',
  [
    z.strictObject({
      type: z.literal('subscribe'),
      topic: z.literal('blocks'),
      from: fromSchema,
      token: tokenSchema,
      filter: z.exactOptional(blockFilterSchema),
      /** Ids of the block's transactions come with it. */
      include: z.exactOptional(z.array(z.literal('transactionIds'))),
    }),
    z.strictObject({
      type: z.literal('subscribe'),
      topic: z.literal('events'),
      from: fromSchema,
      token: tokenSchema,
      filter: z.exactOptional(eventFilterSchema),
    }),
  ],
  'one of the topics "blocks" and "events"',
);
export type SubscribeMessage = z.infer<typeof subscribeMessageSchema>;

/** `next` is where to go on from after this message. */
export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribed'), topic: z.enum(['blocks', 'events']), next: count }),
  z.object({
    type: z.literal('block'),
    position: count,
    next: count,
    block: blockSummarySchema,
    /** In the order of the block's trees, if asked for. */
    transactionIds: z.exactOptional(z.array(hex32)),
  }),
  z.object({ type: z.literal('event'), position: count, next: count, event: streamEventSchema }),
  z.object({ type: z.literal('heartbeat'), next: count, height: heightNumber, nowMs: timeMs }),
  /** The server closes now; go on at another node or here later. */
  z.object({ type: z.literal('resume-from'), next: count, reason: z.string() }),
  z.object({ type: z.literal('problem'), problem: problemSchema }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;
