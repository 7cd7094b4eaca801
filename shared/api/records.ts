/** Streams, assets, state, history, analytics and search. */
import * as z from 'zod/mini';
import { blockSummarySchema, certificateSchema, headerSchema, inclusionProofSchema } from './blocks.ts';
import {
  anyJson,
  assetId,
  base64Url,
  count,
  decimalText,
  heightNumber,
  hex32,
  identityId,
  labelText,
  pageOf,
  pageQueryShape,
  streamName,
  timeMs,
} from './scalars.ts';

const streamSummarySchema = z.object({
  stream: streamName,
  /** Events in it. */
  length: count,
  firstHeight: heightNumber,
  lastHeight: heightNumber,
  lastTime: timeMs,
});
export type StreamSummaryJson = z.infer<typeof streamSummarySchema>;
export const streamsQuerySchema = z.strictObject({
  ...pageQueryShape,
  prefix: z.exactOptional(z.string().check(z.maxLength(200))),
});
export const streamsSchema = pageOf(streamSummarySchema);
export type StreamsJson = z.infer<typeof streamsSchema>;

/** `data` is for reading: bytes inside it became base64url, large integers decimal strings. */
export const streamEventSchema = z.object({
  stream: streamName,
  /** From 0 in its stream. */
  revision: count,
  eventId: z.string(),
  type: z.string(),
  data: anyJson,
  labels: z.record(z.string(), z.string()),
  references: z.array(z.string()),
  payload: z.exactOptional(
    z.object({
      digest: hex32,
      size: count,
      /** Whether members may decide to erase it. */
      erasable: z.boolean(),
      /** Ids of the identities that it is encrypted for; none: for everybody who reads the stream. */
      recipients: z.array(z.string()),
      /** The payload that it gives further recipients. */
      grantOf: z.exactOptional(hex32),
    }),
  ),
  height: heightNumber,
  transaction: hex32,
  time: timeMs,
  /** Over all streams, from 0: subscriptions resume by it. */
  position: count,
});
export type StreamEventJson = z.infer<typeof streamEventSchema>;

export const streamParamsSchema = z.object({ name: streamName });
export const streamQuerySchema = z.strictObject({
  /** Revisions, inclusive. */
  from: z.exactOptional(count),
  to: z.exactOptional(count),
  limit: z.exactOptional(z.int().check(z.minimum(1), z.maximum(1000))),
  /** Only events of blocks up to this height. */
  asOf: z.exactOptional(heightNumber),
});
export const streamSchema = z.object({
  stream: streamName,
  /** Events in it as of `height`; the next append has this revision. */
  length: count,
  height: heightNumber,
  events: z.array(streamEventSchema),
  /** Revision to go on from; absent at the end. */
  nextFrom: z.exactOptional(count),
});
export type StreamJson = z.infer<typeof streamSchema>;

/** All given members must match. */
export const eventsQuerySchema = z.strictObject({
  stream: z.exactOptional(streamName),
  streamPrefix: z.exactOptional(z.string().check(z.maxLength(200))),
  type: z.exactOptional(z.string().check(z.maxLength(100))),
  label: z.exactOptional(labelText),
  /** Only events at positions below this one; the newest if absent. */
  before: z.exactOptional(count),
  limit: z.exactOptional(z.int().check(z.minimum(1), z.maximum(1000))),
});
export type EventsQuery = z.infer<typeof eventsQuerySchema>;
export const eventsSchema = z.object({
  /** Position of the next event to come: a subscription from here misses nothing and repeats nothing. */
  head: count,
  /** Newest first. */
  rows: z.array(streamEventSchema),
  /** Every event from this position up to `before` was looked at. */
  searchedFrom: count,
  /** `before` of the next question; absent once the first event was looked at. A page may be short, or empty. */
  next: z.exactOptional(count),
});
export type EventsJson = z.infer<typeof eventsSchema>;

/** What the members ask of every event of a stream: a subset of JSON Schema 2020-12 over the event as it is appended. */
export const eventSchemaSchema = z.object({
  stream: streamName,
  /** The first height that it is asked at. */
  since: heightNumber,
  /** For reading: integers above 2^53−1 became decimal strings. */
  schema: anyJson,
});
export type EventSchemaJson = z.infer<typeof eventSchemaSchema>;

const assetRowSchema = z.object({
  asset: assetId,
  name: z.exactOptional(z.string()),
  /** How many digits of an amount people read behind the point. */
  decimals: count,
  /** Identity that defined it: it issues, and so do the admins and operators of its member. */
  definer: identityId,
  member: z.string(),
  /** Of the smallest unit, as of `height`. */
  supply: decimalText,
});
export type AssetRowJson = z.infer<typeof assetRowSchema>;
export const assetsQuerySchema = z.strictObject({
  ...pageQueryShape,
  prefix: z.exactOptional(z.string().check(z.maxLength(64))),
});
export const assetsSchema = z.object({ height: heightNumber, ...pageOf(assetRowSchema).shape });
export type AssetsJson = z.infer<typeof assetsSchema>;

export const assetParamsSchema = z.object({ id: assetId });
export const asOfQuerySchema = z.strictObject({ asOf: z.exactOptional(heightNumber) });
export const balancesSchema = z.object({
  asset: assetId,
  height: heightNumber,
  total: decimalText,
  balances: z.array(z.object({ identity: identityId, amount: decimalText })),
});
export type BalancesJson = z.infer<typeof balancesSchema>;

const sparseProofSchema = z.object({
  siblings: z.array(hex32),
  otherLeaf: z.exactOptional(z.object({ key: hex32, value: hex32 })),
});

export const stateParamsSchema = z.object({ key: z.string().check(z.minLength(1), z.maxLength(512)) });
/** Presence (`value`) or absence (null) of a key, provable against `header.state`. */
export const stateSchema = z.object({
  key: z.string(),
  height: heightNumber,
  header: headerSchema,
  headerBytes: base64Url,
  certificate: z.nullable(certificateSchema),
  value: z.nullable(base64Url),
  /** The value decoded, for reading. */
  decoded: z.exactOptional(anyJson),
  /** Siblings from the root downwards; for absence the other leaf at the path's end, if any. */
  proof: sparseProofSchema,
});
export type StateJson = z.infer<typeof stateSchema>;

export const consistencyQuerySchema = z.strictObject({ from: heightNumber, to: heightNumber });
/**
 * RFC 9162 consistency between `from.header.history` and `to.header.history`: trees over the hashes of the
 * blocks below each height. The certificate of `to` then vouches for everything below `from`.
 */
export const consistencySchema = z.object({
  from: blockSummarySchema,
  to: blockSummarySchema,
  proof: z.array(hex32),
});
export type ConsistencyJson = z.infer<typeof consistencySchema>;

export const historyInclusionQuerySchema = z.strictObject({ height: heightNumber, at: heightNumber });
/** Inclusion of the hash of block `height` in `at.header.history`. */
export const historyInclusionSchema = z.object({
  height: heightNumber,
  hash: hex32,
  at: blockSummarySchema,
  proof: inclusionProofSchema,
});
export type HistoryInclusionJson = z.infer<typeof historyInclusionSchema>;

export const analyticsQuerySchema = z.strictObject({
  by: z.enum(['time', 'action', 'sender', 'receiver']),
  from: z.exactOptional(timeMs),
  to: z.exactOptional(timeMs),
  bucketMs: z.exactOptional(z.int().check(z.minimum(1000))),
  limit: z.exactOptional(z.int().check(z.minimum(1), z.maximum(1000))),
});
export const analyticsSchema = z.object({
  by: z.enum(['time', 'action', 'sender', 'receiver']),
  rows: z.array(
    z.object({
      /** Start of the bucket (ISO 8601) for `time`, else the action, sender or receiver. */
      key: z.string(),
      count,
      succeeded: count,
      failed: count,
      bytes: count,
    }),
  ),
});
export type AnalyticsJson = z.infer<typeof analyticsSchema>;

export const searchQuerySchema = z.strictObject({ q: z.string().check(z.minLength(1), z.maxLength(512)) });
const searchHitSchema = z.object({
  kind: z.enum(['block', 'transaction', 'identity', 'validator', 'stream', 'asset', 'proposal']),
  /** Height, hash, id or name to open it by. */
  id: z.string(),
  title: z.string(),
  /** One phrase: "height 42", "stream name begins with 'order'". */
  why: z.string(),
});
export type SearchHitJson = z.infer<typeof searchHitSchema>;
export const searchSchema = z.object({ query: z.string(), hits: z.array(searchHitSchema) });
export type SearchJson = z.infer<typeof searchSchema>;
