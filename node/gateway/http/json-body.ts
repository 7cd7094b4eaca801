/** A JSON body against its schema. */
import type * as z from 'zod/mini';
import { checked } from './checked-request.ts';
import { ProblemError } from './problem-error.ts';

/** Without parameters such as charset, in lower case. */
export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** @throws ProblemError `unsupported-media-type`, `malformed-json`, `invalid-request` */
export function readJsonBody<Schema extends z.ZodMiniType>(
  schema: Schema,
  contentType: string | undefined,
  body: Uint8Array,
  accepted: readonly string[] = ['application/json'],
): z.infer<Schema> {
  if (mediaType(contentType) === 'application/json') return checked(schema, parseJson(body), 'body');
  const detail = `${mediaType(contentType) || 'No type'} is not read here.`;
  throw new ProblemError('unsupported-media-type', detail, { contentType: contentType ?? '', accepted });
}

/**
 * Natively, since bodies hold mebibytes of it and votes wait meanwhile.
 * @throws ProblemError `invalid-request`: the letters may be right, and their number or the last bits not.
 */
export function bytesOfBase64Url(text: string, member: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  // It reads more than the one spelling that each value has.
  if (bytes.toString('base64url') === text) return new Uint8Array(bytes);
  throw new ProblemError('invalid-request', `body ${member}: expected base64url.`, {
    place: 'body',
    member,
    expected: 'base64url without padding',
  });
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProblemError('malformed-json', 'The body is not valid JSON.', { reason });
  }
}
