import { queryOptions } from '@tanstack/react-query';
import type { SubmitResultJson } from '../../../../../shared/api.ts';
import { toBase64Url } from '../../../../../shared/codec/hex.ts';
import { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import type { Signed } from '../key-protocol.ts';

export type Accepted = Exclude<SubmitResultJson, { status: 'refused' }>;
export type Refused = Extract<SubmitResultJson, { status: 'refused' }>;

/** Hands in one envelope with what goes beside it. The same bytes may be sent again at any time: they run once. */
export async function submitEnvelope({ envelope, payloads }: Signed): Promise<Accepted | Refused> {
  const beside = payloads.length === 0 ? {} : { payloads: payloads.map(toBase64Url) };
  try {
    const { results } = await ask('submit', { body: { envelope, ...beside } });
    const [result] = results;
    if (result === undefined) throw new Error('The node answered without a result.');
    return result;
  } catch (error) {
    const [result] = error instanceof GatewayError ? (error.problemBody?.results ?? []) : [];
    if (result === undefined) throw error;
    return result;
  }
}

/** Asked until it is certified or can never run. */
export const fateQuery = (id: string) =>
  queryOptions({
    queryKey: ['fate', id],
    queryFn: ({ signal }) => ask('transaction', { params: { id }, signal }),
    refetchInterval: ({ state }) =>
      state.data === undefined || state.data.status === 'pooled' ? 250 : false,
    retry: true,
    retryDelay: 500,
  });

/** Whose key it is, or was; null if it is nobody's. */
export const identityOfKeyQuery = (key: string) =>
  queryOptions({
    queryKey: ['identity-of-key', key],
    queryFn: ({ signal }) => ask('identity', { params: { id: key }, signal }).catch(nullIfUnknown),
    staleTime: 30_000,
  });

function nullIfUnknown(error: unknown): null {
  if (error instanceof GatewayError && error.code === 'not-found') return null;
  throw error;
}
