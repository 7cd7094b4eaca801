/** A query as a file: CSV, JSON or CAR, and the manifest that says what the file must hold. */
import * as z from 'zod/mini';
import {
  actionName,
  count,
  heightNumber,
  hex32,
  identityId,
  labelText,
  nodeId,
  streamName,
  timeMs,
} from './scalars.ts';

export const exportFormats = ['csv', 'json', 'car'] as const;
export type ExportFormat = (typeof exportFormats)[number];
export const exportSubjects = ['transactions', 'events'] as const;
export type ExportSubject = (typeof exportSubjects)[number];

/** Filters as of GET transactions and GET events; each subject knows its own. */
export const exportQuerySchema = z.strictObject({
  of: z.enum(exportSubjects),
  format: z.enum(exportFormats),
  /** Of transactions. */
  sender: z.exactOptional(identityId),
  receiver: z.exactOptional(identityId),
  action: z.exactOptional(actionName),
  status: z.exactOptional(z.enum(['succeeded', 'failed'])),
  /** Of events. */
  streamPrefix: z.exactOptional(z.string().check(z.maxLength(200))),
  type: z.exactOptional(z.string().check(z.maxLength(100))),
  /** Of both. */
  stream: z.exactOptional(streamName),
  label: z.exactOptional(labelText),
  /** Inclusive; the first block and the highest one of now if absent. */
  fromHeight: z.exactOptional(heightNumber),
  toHeight: z.exactOptional(heightNumber),
});
export type ExportQuery = z.infer<typeof exportQuerySchema>;

/** Certified blocks never change: the same query over the same range is the same file, at every node. */
export const exportManifestSchema = z.object({
  kind: z.literal('concordat-export'),
  version: z.literal(1),
  network: hex32,
  /** Who wrote it, and when. */
  node: nodeId,
  writtenAt: timeMs,
  query: exportQuerySchema,
  range: z.object({ fromHeight: heightNumber, toHeight: heightNumber, toBlock: hex32 }),
  /** Rows of the file. */
  count,
  bytes: count,
  sha256: hex32,
  /** CID of the root of a CAR. */
  root: z.exactOptional(z.string()),
  /** Name of the file, and where it comes from, with the range fixed. */
  file: z.string(),
  path: z.string(),
});
export type ExportManifestJson = z.infer<typeof exportManifestSchema>;
