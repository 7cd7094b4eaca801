import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import type { BalancesJson } from '../../../../../shared/api.ts';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import { live } from '../../../lib/live.ts';
import { everyMs } from '../../../lib/queries.ts';

/** By id; `prefix` is how it begins. */
export const assetsQuery = (prefix: string) =>
  infiniteQueryOptions({
    queryKey: ['assets', prefix],
    queryFn: ({ signal, pageParam }) =>
      ask('assets', {
        query: {
          limit: 100,
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

/** null: no asset was called so at that height. */
export const balancesQuery = (id: string, asOf: number | undefined) =>
  queryOptions({
    queryKey: ['balances', id, asOf],
    queryFn: async ({ signal }): Promise<BalancesJson | null> => {
      try {
        const query = asOf === undefined ? {} : { asOf };
        return asAsked(id, await ask('balances', { params: { id }, query, signal }), ({ asset }) => [asset]);
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'not-found') return null;
        throw error;
      }
    },
    refetchInterval: asOf === undefined ? everyMs(5_000) : false,
    placeholderData: (before) => (before?.asset === id ? before : undefined),
  });

/** What state says of an asset (docs/data-formats.md); the supply is as of now. */
const definitionSchema = z.object({
  name: z.optional(z.string()),
  decimals: z.int(),
  definer: z.string(),
  member: z.string(),
  supply: z.union([z.int(), z.string()]),
});
export type AssetDefinition = z.infer<typeof definitionSchema>;

/** undefined: no asset has this id. */
export const definitionQuery = (id: string) =>
  queryOptions({
    queryKey: ['asset', id],
    queryFn: async ({ signal }): Promise<AssetDefinition | null> => {
      const key = `assets/definitions/${id}`;
      const { decoded, value } = asAsked(key, await ask('state', { params: { key }, signal }), (answer) => [
        answer.key,
      ]);
      if (value === null) return null;
      const definition = z.safeParse(definitionSchema, decoded);
      if (!definition.success) throw GatewayError.badAnswer(key, z.prettifyError(definition.error));
      return definition.data;
    },
    refetchInterval: everyMs(10_000),
  });
