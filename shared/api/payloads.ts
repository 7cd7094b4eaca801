/** Payloads: bytes beside the ledger, by digest, and what the ledger says of them. */
import * as z from 'zod/mini';
import { base64Url, count, heightNumber, hex32, identityId, nodeId, timeMs } from './scalars.ts';

export const payloadParamsSchema = z.object({ digest: hex32 });

/** `bytes` as they were submitted: ciphertext, unless the event names no recipients. */
export const payloadSchema = z.object({ digest: hex32, size: count, bytes: base64Url });
export type PayloadJson = z.infer<typeof payloadSchema>;

export const payloadRecordSchema = z.object({
  digest: hex32,
  stream: z.string(),
  eventId: z.string(),
  size: count,
  erasable: z.boolean(),
  recipients: z.array(identityId),
  /** The payload that it gives further recipients. */
  grantOf: z.exactOptional(hex32),
  /** `by`: the member whose proposal it was. */
  erased: z.exactOptional(
    z.object({ by: nodeId, reason: z.string(), proposal: count, height: heightNumber, time: timeMs }),
  ),
});
export type PayloadRecordJson = z.infer<typeof payloadRecordSchema>;
