/** Payloads by digest: their bytes, and what certified state says of them. */
import type { ParamsOf, PayloadJson, PayloadRecordJson } from '../../../shared/api.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import { type RecordedPayload, readPayload } from '../../ledger/modules/payloads.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Caller } from '../sessions/caller.ts';
import { canRead } from '../sessions/readable-streams.ts';

const retryAfterSeconds = 2;

/** @throws ProblemError `payload-unknown`, `payload-erased`, `payload-not-here` */
export function getPayload(
  context: GatewayContext,
  { digest }: ParamsOf<'payload'>,
  caller: Caller,
): Answer<PayloadJson> {
  const { erased } = recorded(context, digest as Digest, caller);
  if (erased !== undefined)
    throw new ProblemError('payload-erased', `The members erased it in block ${erased.height}.`, {
      digest,
      ...erased,
    });
  const bytes = context.node.payload(digest as Digest);
  if (bytes === undefined)
    throw new ProblemError(
      'payload-not-here',
      'The ledger names it, and this node is to fetch it.',
      { digest },
      { retryAfterSeconds },
    );
  return { body: { digest, size: bytes.length, bytes: Buffer.from(bytes).toString('base64url') } };
}

/** @throws ProblemError `payload-unknown` */
export function getPayloadRecord(
  context: GatewayContext,
  { digest }: ParamsOf<'payloadRecord'>,
  caller: Caller,
): Answer<PayloadRecordJson> {
  const { recipients, ...record } = recorded(context, digest as Digest, caller);
  return { body: { ...record, recipients: [...recipients] } };
}

/** A payload of a stream that somebody may not read is answered like one that nobody has. */
function recorded({ queries }: GatewayContext, digest: Digest, { reads }: Caller): RecordedPayload {
  const record = readPayload(queries.certifiedState(), digest);
  if (record === undefined || !canRead(reads, record.stream))
    throw new ProblemError('payload-unknown', 'No certified event that you may read has it.', { digest });
  return record;
}
