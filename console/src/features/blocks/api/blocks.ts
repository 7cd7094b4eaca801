import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';

/** All blocks, newest first, by the server's cursors. */
export const blocksQuery = infiniteQueryOptions({
  queryKey: ['blocks', 'all'],
  queryFn: ({ signal, pageParam }) =>
    ask('blocks', { query: { limit: 200, ...(pageParam === '' ? {} : { cursor: pageParam }) }, signal }),
  initialPageParam: '',
  getNextPageParam: (page) => page.next,
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 0,
  // Blocks never change: to compare all that are there with each page that comes would hold up the scrolling.
  structuralSharing: false,
});

/** A certified block never changes. */
export const blockQuery = (heightOrHash: string) =>
  queryOptions({
    queryKey: ['block', heightOrHash],
    queryFn: async ({ signal }) =>
      asAsked(heightOrHash, await ask('block', { params: { heightOrHash }, signal }), ({ hash, height }) => [
        hash,
        String(height),
      ]),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Its transactions, in the order of the block. */
export const blockTransactionsQuery = (height: number) =>
  infiniteQueryOptions({
    queryKey: ['block', height, 'transactions'],
    queryFn: ({ signal, pageParam }) =>
      ask('transactions', {
        query: {
          fromHeight: height,
          toHeight: height,
          order: 'oldest',
          limit: 200,
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
  });
