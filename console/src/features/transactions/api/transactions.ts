import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { TransactionsQuery } from '../../../../../shared/api.ts';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask, askBytes } from '../../../lib/gateway.ts';

/** Asked again until nothing about it can change any more. */
export const transactionQuery = (id: string) =>
  queryOptions({
    queryKey: ['transaction', id],
    queryFn: async ({ signal }) =>
      asAsked(id, await ask('transaction', { params: { id }, signal }), (answer) => [answer.id]),
    refetchInterval: ({ state }) => (state.data?.status === 'pooled' ? 500 : false),
  });

/** The proof pack's bytes: what the verifier reads and what is downloaded. */
export const packQuery = (id: string) =>
  queryOptions({
    queryKey: ['pack', id],
    queryFn: ({ signal }) => askBytes('pack', { params: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const transactionsQuery = (filter: TransactionsQuery) =>
  infiniteQueryOptions({
    queryKey: ['transactions', filter],
    queryFn: ({ signal, pageParam }) =>
      ask('transactions', {
        query: { ...filter, limit: 100, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
