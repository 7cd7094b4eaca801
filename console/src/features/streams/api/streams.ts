import { infiniteQueryOptions } from '@tanstack/react-query';
import { ask } from '../../../lib/gateway.ts';
import { live } from '../../../lib/live.ts';

export const streamsQuery = (prefix: string) =>
  infiniteQueryOptions({
    queryKey: ['streams', prefix],
    queryFn: ({ signal, pageParam }) =>
      ask('streams', {
        query: {
          limit: 100,
          order: 'oldest',
          ...(prefix === '' ? {} : { prefix }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
    // Asking again asks for every page: only while that is cheap.
    refetchInterval: ({ state }) =>
      live.get().paused || (state.data?.pages.length ?? 0) > 2 ? false : 3_000,
  });

const pageSize = 100;

/** Events of a stream, newest page first; the first answer says how long the stream is. */
export const streamQuery = (name: string, asOf?: number) =>
  infiniteQueryOptions({
    queryKey: ['stream', name, asOf],
    queryFn: async ({ signal, pageParam }) => {
      if (pageParam !== undefined) return readRange(name, { to: pageParam, asOf }, signal);
      const { length } = await ask('stream', {
        params: { name },
        query: { limit: 1, ...asOfMember(asOf) },
        signal,
      });
      return readRange(name, { to: length - 1, asOf }, signal);
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ from }) => (from > 0 ? from - 1 : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** The page of events that ends with revision `to`. */
async function readRange(
  name: string,
  { to, asOf }: { readonly to: number; readonly asOf: number | undefined },
  signal: AbortSignal,
) {
  const from = Math.max(0, to - pageSize + 1);
  const query = { from, to: Math.max(from, to), limit: pageSize, ...asOfMember(asOf) };
  return { from, ...(await ask('stream', { params: { name }, query, signal })) };
}

const asOfMember = (asOf: number | undefined): { readonly asOf?: number } =>
  asOf === undefined ? {} : { asOf };
