import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { EventsQuery } from '../../../../../shared/api.ts';
import { ask } from '../../../lib/gateway.ts';

/** Newest first; the first page says where a subscription goes on. */
export const eventsQuery = (filter: EventsQuery) =>
  infiniteQueryOptions({
    queryKey: ['events', filter],
    queryFn: ({ signal, pageParam }) =>
      ask('events', {
        query: { ...filter, limit: 100, ...(pageParam === undefined ? {} : { before: pageParam }) },
        signal,
      }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** The event at one position; null if there is none. */
export const eventAtQuery = (position: number) =>
  queryOptions({
    queryKey: ['event-at', position],
    queryFn: async ({ signal }) => {
      const { rows } = await ask('events', { query: { before: position + 1, limit: 1 }, signal });
      return rows.find((event) => event.position === position) ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
