/** One row of the table of endpoints. */
import * as z from 'zod/mini';

/** No parameters, or no query. */
export const nothing = z.strictObject({});

export interface Endpoint {
  readonly method: 'get' | 'post' | 'delete';
  /** Below `apiPrefix`, with `{name}` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodMiniObject;
  readonly query: z.ZodMiniObject;
  /** JSON body of a POST. */
  readonly body?: z.ZodMiniType;
  /** Takes CBOR beside JSON, and may answer 202. */
  readonly bulk?: true;
  /** Bytes that a body may have which is no submission, if they are more than the usual 8 KiB. */
  readonly bodyBytesMax?: number;
  readonly response: z.ZodMiniType;
  /** Answers CBOR bytes for `Accept: application/cbor`. */
  readonly cbor?: true;
  /** Streams a file in one of these media types, and no JSON. */
  readonly file?: readonly string[];
}
