import { QueryClient, queryOptions } from '@tanstack/react-query';
import { ask } from './gateway.ts';
import { isLasting } from './gateway-error.ts';
import { live } from './live.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && !isLasting(error),
      retryDelay: (failures) => 400 * 2 ** failures,
      refetchOnWindowFocus: false,
      // Localhost networks answer while the browser says that it is offline.
      networkMode: 'always',
    },
  },
});

/** For `refetchInterval`: again and again, unless live updates are paused, or the answer would be the same refusal. */
export const everyMs =
  (period: number) =>
  ({ state }: { readonly state: { readonly error: Error | null } }): number | false =>
    live.get().paused || isLasting(state.error) ? false : period;

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: ({ signal }) => ask('status', { signal }),
  refetchInterval: everyMs(2_000),
});

/** The network that the chosen gateway names to everybody, also before anyone has signed in there. */
export const claimedNetworkQuery = queryOptions({
  queryKey: ['claimed-network'],
  queryFn: async ({ signal }) => (await ask('genesis', { signal })).network,
  // Whoever answers now may be another one than a moment ago.
  gcTime: 0,
  refetchInterval: everyMs(5_000),
});

export const validatorsQuery = queryOptions({
  queryKey: ['validators'],
  queryFn: ({ signal }) => ask('validators', { signal }),
  refetchInterval: everyMs(10_000),
});

export const matrixQuery = queryOptions({
  queryKey: ['matrix'],
  queryFn: ({ signal }) => ask('matrix', { signal }),
  refetchInterval: everyMs(2_000),
});

/** The genesis never changes for one network id. */
export const genesisQuery = (network: string) =>
  queryOptions({
    queryKey: ['genesis', network],
    queryFn: ({ signal }) => ask('genesis', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
