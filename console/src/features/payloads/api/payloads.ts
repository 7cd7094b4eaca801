import { queryOptions } from '@tanstack/react-query';
import { ofThisPayload } from '../../../../../shared/client/payload-records.ts';
import { fromBase64Url } from '../../../../../shared/codec/hex.ts';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { everyMs } from '../../../lib/queries.ts';
import { readPayload } from '../../submit/api/key-holder.ts';
import type { EventPayload } from '../shown-payloads.ts';

/** What the ledger says of it now: events never change, and what they name may be erased. */
export const payloadRecordQuery = (digest: string) =>
  queryOptions({
    queryKey: ['payloads', 'record', digest],
    queryFn: async ({ signal }) =>
      ofThisPayload(gatewayOrigin(), digest, await ask('payloadRecord', { params: { digest }, signal })),
    refetchInterval: everyMs(10_000),
  });

/** Decrypted in the worker that holds the key, once the bytes are those that the event names. */
export async function readHere({
  digest,
  recipients,
}: Pick<EventPayload, 'digest' | 'recipients'>): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = await ask('payload', { params: { digest } });
  return readPayload({ bytes: fromBase64Url(bytes), digest, isSealed: recipients.length > 0 });
}

/** Asked for once, and kept no longer than it is shown. @param key public half of the key that is open */
export const contentQuery = (payload: Pick<EventPayload, 'digest' | 'recipients'>, key: string | undefined) =>
  queryOptions({
    queryKey: ['payloads', 'content', payload.digest, key],
    queryFn: () => readHere(payload),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
