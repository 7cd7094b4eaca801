/**
 * Reads the body of POST transactions: JSON {envelope} or {envelopes}, or CBOR: one envelope, or an array whose
 * items are envelopes or byte strings that hold one. Envelopes are cut out as sent, never encoded anew.
 */
import { submitBodySchema } from '../../shared/api.ts';
import { fromBase64Url } from '../../shared/codec/hex.ts';
import { sliceEnvelopes } from './envelope-slices.ts';
import { checked } from './http/checked-request.ts';
import { ProblemError } from './http/problem-error.ts';

export interface SubmittedEnvelopes {
  readonly envelopes: readonly Uint8Array[];
  /** Sent as a list: each result speaks for itself. */
  readonly many: boolean;
}

/** @throws ProblemError */
export function readSubmission(
  contentType: string | undefined,
  body: Uint8Array,
  envelopesMax: number,
): SubmittedEnvelopes {
  const read = isCbor(contentType) ? sliceEnvelopes(body, envelopesMax) : readJson(contentType, body);
  if (read.envelopes.length > envelopesMax) {
    const facts = { envelopes: read.envelopes.length, envelopesMax };
    throw new ProblemError('too-large', `One request takes ${envelopesMax} envelopes at most.`, facts);
  }
  return read;
}

const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
const isCbor = (contentType: string | undefined): boolean =>
  ['application/cbor', 'application/vnd.ipld.dag-cbor'].includes(mediaType(contentType));

function readJson(contentType: string | undefined, body: Uint8Array): SubmittedEnvelopes {
  if (mediaType(contentType) !== 'application/json') {
    const facts = { contentType: contentType ?? '', accepted: ['application/json', 'application/cbor'] };
    throw new ProblemError(
      'unsupported-media-type',
      `${mediaType(contentType) || 'No type'} is not read here.`,
      facts,
    );
  }
  const submitted = checked(submitBodySchema, parseJson(body), 'body');
  if ('envelope' in submitted) return { envelopes: [bytesOf(submitted.envelope, 'envelope')], many: false };
  const envelopes = submitted.envelopes.map((text, index) => bytesOf(text, `envelopes.${index}`));
  return { envelopes, many: true };
}

function bytesOf(text: string, member: string): Uint8Array {
  try {
    return fromBase64Url(text);
  } catch {
    throw new ProblemError('invalid-request', `body ${member}: expected base64url.`, {
      place: 'body',
      member,
      expected: 'base64url without padding',
    });
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProblemError('malformed-json', 'The body is not valid JSON.', { reason });
  }
}
