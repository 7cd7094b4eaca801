import { infiniteQueryOptions } from '@tanstack/react-query';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';

/** Blocks and transactions that a key signed, since its registration or, if it is suspected, since then. */
export const signedQuery = (key: string) =>
  infiniteQueryOptions({
    queryKey: ['governance', 'keys', 'signed', key],
    queryFn: async ({ signal, pageParam }) => {
      const query = pageParam === '' ? {} : { cursor: pageParam };
      const answer = await ask('keySigned', { params: { publicKey: key }, query, signal });
      return asAsked(key, answer, (one) => [one.key]);
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
