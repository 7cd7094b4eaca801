/** Evidence as the ledger records it (rule W1): two signed messages of one key that conflict in a slot. */
import * as z from 'zod/mini';
import { fromBase64Url, toBase64Url } from '../codec/hex.ts';
import type { BlockHash, Digest, Epoch, Height, Signature, ValidatorId, View } from '../types/brands.ts';
import type { SlotMessage } from '../types/messages.ts';
import { base64Url, count, heightNumber, hex32, nodeId, pageOf, pageQueryShape, timeMs } from './scalars.ts';

const signedShape = { epoch: count, sender: nodeId, signature: base64Url };

export const evidenceKindSchema = z.enum([
  'pre-prepare',
  'prepare',
  'commit',
  'seal',
  'view-change',
  'new-view',
]);

/** A vote names a view, a sequence and a content; a seal a height and a block. */
const slotMessageSchema = z.discriminatedUnion('kind', [
  z.object({ ...signedShape, kind: z.literal('seal'), height: heightNumber, block: hex32 }),
  z.object({
    ...signedShape,
    kind: z.enum(['pre-prepare', 'prepare', 'commit', 'view-change', 'new-view']),
    view: count,
    /** 0 for VIEW-CHANGE and NEW-VIEW. */
    sequence: heightNumber,
    content: hex32,
  }),
]);
export type SlotMessageJson = z.infer<typeof slotMessageSchema>;

export const evidenceRecordSchema = z.object({
  /** From 0, over the whole ledger. */
  number: count,
  /** The accused, and its member. */
  validator: nodeId,
  member: z.exactOptional(nodeId),
  epoch: count,
  kind: evidenceKindSchema,
  /** The consensus key that signed both. */
  key: hex32,
  /** The validator that reported it. */
  reporter: nodeId,
  transaction: hex32,
  height: heightNumber,
  /** Block time. */
  time: timeMs,
  first: slotMessageSchema,
  second: slotMessageSchema,
  /** {first, second} in DAG-CBOR (docs/data-formats.md), as anyone can verify it. */
  bytes: base64Url,
});
export type EvidenceRecordJson = z.infer<typeof evidenceRecordSchema>;

export const evidenceQuerySchema = z.strictObject(pageQueryShape);
export const evidenceSchema = pageOf(evidenceRecordSchema);
export type EvidenceListJson = z.infer<typeof evidenceSchema>;
export const evidenceParamsSchema = z.object({
  /** Decimal. */
  number: z.string().check(z.regex(/^(0|[1-9][0-9]{0,14})$/, 'a whole number, such as 3')),
});

export const jsonOfSlotMessage = (message: SlotMessage): SlotMessageJson => ({
  ...message,
  signature: toBase64Url(message.signature),
});

/** Nothing is proven by it: verify what comes out. */
export function slotMessageOfJson(json: SlotMessageJson): SlotMessage {
  const common = {
    epoch: json.epoch as Epoch,
    sender: json.sender as ValidatorId,
    signature: fromBase64Url(json.signature) as Signature,
  };
  if (json.kind === 'seal')
    return { ...common, kind: 'seal', height: json.height as Height, block: json.block as BlockHash };
  const { kind, view, sequence, content } = json;
  return { ...common, kind, view: view as View, sequence: sequence as Height, content: content as Digest };
}
