import { queryOptions } from '@tanstack/react-query';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';
import { everyMs } from '../../../lib/queries.ts';
import type { HeldKey } from '../held.ts';

/** All that validators, former ones and observers ever had, page after page. */
export const nodeKeysQuery = queryOptions({
  queryKey: ['governance', 'keys', 'nodes'],
  queryFn: async ({ signal }): Promise<readonly HeldKey[]> => {
    const keys: HeldKey[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 200, ...(cursor === undefined ? {} : { cursor }) };
      const page = await ask('keyHistory', { query, signal });
      for (const { id, standing, keys: own } of page.rows)
        keys.push(...own.map((key) => ({ ...key, holder: id, standing, suspected: key.suspected?.reason })));
      cursor = page.next;
    } while (cursor !== undefined);
    return keys;
  },
  refetchInterval: everyMs(10_000),
});

/** All that an identity ever had; each is in force from the block that registers it. */
export const identityKeysQuery = (id: string) =>
  queryOptions({
    queryKey: ['governance', 'keys', 'identity', id],
    queryFn: async ({ signal }): Promise<readonly HeldKey[]> => {
      const answer = await ask('identity', { params: { id }, signal });
      const { keys } = asAsked(id, answer, (one) => [one.id]);
      return keys.map(({ key, since, until, suspected }) => ({
        holder: id,
        standing: 'identity',
        kind: 'identity',
        key,
        registered: since,
        from: since,
        until,
        suspected: suspected?.reason,
      }));
    },
    refetchInterval: everyMs(10_000),
  });
