/**
 * Reads the body of POST transactions: JSON {envelope, payloads?} or {envelopes}, or CBOR: one envelope, or an array whose
 * items are envelopes or byte strings that hold one. Envelopes are cut out as sent, never encoded anew.
 */
import { submitBodySchema } from '../../shared/api.ts';
import { sliceEnvelopes } from './envelope-slices.ts';
import { bytesOfBase64Url, mediaType, readJsonBody } from './http/json-body.ts';
import { ProblemError } from './http/problem-error.ts';

export interface SubmittedEnvelopes {
  readonly envelopes: readonly Uint8Array[];
  /** What came along with each envelope, by its place; absent if nothing did with any. */
  readonly payloads?: readonly (readonly Uint8Array[])[];
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

const isCbor = (contentType: string | undefined): boolean =>
  ['application/cbor', 'application/vnd.ipld.dag-cbor'].includes(mediaType(contentType));

function readJson(contentType: string | undefined, body: Uint8Array): SubmittedEnvelopes {
  const submitted = readJsonBody(submitBodySchema, contentType, body, [
    'application/json',
    'application/cbor',
  ]);
  if ('envelope' in submitted) {
    const { envelope, payloads } = bytesOf(submitted, '');
    return { envelopes: [envelope], ...(payloads.length > 0 && { payloads: [payloads] }), many: false };
  }
  const items = submitted.envelopes.map((item, index) =>
    typeof item === 'string'
      ? { envelope: bytesOfBase64Url(item, `envelopes.${index}`), payloads: [] }
      : bytesOf(item, `envelopes.${index}.`),
  );
  const envelopes = items.map(({ envelope }) => envelope);
  if (items.every(({ payloads }) => payloads.length === 0)) return { envelopes, many: true };
  return { envelopes, payloads: items.map(({ payloads }) => payloads), many: true };
}

interface WithPayloads {
  readonly envelope: string;
  readonly payloads?: readonly string[];
}

const bytesOf = ({ envelope, payloads = [] }: WithPayloads, place: string) => ({
  envelope: bytesOfBase64Url(envelope, `${place}envelope`),
  payloads: payloads.map((text, index) => bytesOfBase64Url(text, `${place}payloads.${index}`)),
});
