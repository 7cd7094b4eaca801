import { queryOptions } from '@tanstack/react-query';
import { apiPrefix, endpoints } from '../../../../../shared/api.ts';
import { everyMs } from '../../../lib/queries.ts';

const patienceMs = 3_000;

/** Whether a gateway answers this browser at all: what it says is not read, and nobody is signed in for it. */
export const answersHereQuery = (gateway: string) =>
  queryOptions({
    queryKey: ['answers-here', gateway],
    queryFn: ({ signal }) => answersHere(gateway, signal),
    refetchInterval: everyMs(5_000),
    retry: false,
  });

async function answersHere(gateway: string, signal: AbortSignal): Promise<boolean> {
  try {
    await fetch(new URL(apiPrefix + endpoints.genesis.path, gateway), {
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    return true;
  } catch {
    // Refused, or no answer in time: which is what is asked.
    return false;
  }
}
