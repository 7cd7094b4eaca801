import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from '../../../lib/gateway.ts';
import { everyMs } from '../../../lib/queries.ts';

export const membersQuery = queryOptions({
  queryKey: ['governance', 'members'],
  queryFn: ({ signal }) => ask('members', { signal }),
  refetchInterval: everyMs(10_000),
});

export const thresholdsQuery = queryOptions({
  queryKey: ['governance', 'thresholds'],
  queryFn: ({ signal }) => ask('thresholds', { signal }),
  refetchInterval: everyMs(10_000),
});

/** Of one member, or of all for an empty name; by member, in the order in which they came. */
export const identitiesQuery = (member: string) =>
  infiniteQueryOptions({
    queryKey: ['governance', 'identities', member],
    queryFn: ({ signal, pageParam }) =>
      ask('identities', {
        query: {
          limit: 200,
          ...(member === '' ? {} : { member }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    refetchInterval: everyMs(10_000),
  });

/** Ids of all, page after page, to choose among. */
export const allIdentitiesQuery = queryOptions({
  queryKey: ['governance', 'identity-ids'],
  queryFn: async ({ signal }) => {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
      const page = await ask('identities', { query, signal });
      ids.push(...page.identities.map(({ id }) => id));
      cursor = page.next;
    } while (cursor !== undefined);
    return ids;
  },
  staleTime: 10_000,
});
