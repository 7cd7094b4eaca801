/**
 * The words of the API in JSON (design, section 5): digests, keys and ids are lower-case hex, bytes base64url
 * without padding, amounts and integers above 2^53−1 decimal strings, times milliseconds since 1970.
 */
import * as z from 'zod/mini';

export const hex32 = z.string().check(z.regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'));
export const nonceHex = z.string().check(z.regex(/^[0-9a-f]{32}$/, '32 lower-case hex digits'));
export const base64Url = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]*$/, 'base64url without padding, such as SGVsbG8'));
export const decimalText = z
  .string()
  .check(z.regex(/^(0|[1-9][0-9]{0,77})$/, 'a whole number as text, such as 1500'));
export const count = z.int().check(z.minimum(0));
export const heightNumber = z.int().check(z.minimum(0));
export const timeMs = z.int().check(z.minimum(0));
export const nodeId = z
  .string()
  .check(z.regex(/^[a-z0-9-]{1,32}$/, '1 to 32 of a-z, 0-9 and -, such as alpha'));
export const identityId = z
  .string()
  .check(z.regex(/^[a-z0-9.-]{1,64}$/, '1 to 64 of a-z, 0-9, . and -, such as alpha.submitter'));
export const assetId = z
  .string()
  .check(z.regex(/^[a-z0-9.-]{1,64}$/, '1 to 64 of a-z, 0-9, . and -, such as gold'));
export const streamName = z.string().check(z.minLength(1), z.maxLength(200));
export const actionName = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/, 'module.verb, such as streams.append'));
/** `name=value` */
export const labelText = z
  .string()
  .check(z.regex(/^[^=]+=.*$/s, 'name=value, such as port=Antwerp'), z.maxLength(512));
const cursorText = z.string().check(z.minLength(1), z.maxLength(512));
/** Facts of an error or rejection, or opaque event data: any JSON. */
export const anyJson = z.unknown();
export const factsJson = z.record(z.string(), z.unknown());

/** Query members of every list. */
export const pageQueryShape = {
  cursor: z.exactOptional(cursorText),
  limit: z.exactOptional(z.int().check(z.minimum(1), z.maximum(1000))),
  order: z.exactOptional(z.enum(['newest', 'oldest'])),
};

/** `next` is an opaque cursor, absent on the last page. */
export const pageOf = <Row extends z.ZodMiniType>(row: Row) =>
  z.object({ rows: z.array(row), next: z.exactOptional(cursorText) });
