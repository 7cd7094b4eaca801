import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import { everyMs } from '../../../lib/queries.ts';

export const identityQuery = (id: string) =>
  queryOptions({
    queryKey: ['identity', id],
    queryFn: async ({ signal }) =>
      asAsked(id, await ask('identity', { params: { id }, signal }), (answer) => [answer.id, answer.key]),
    staleTime: 60_000,
  });

const recordSchema = z.object({
  status: z.enum(['active', 'revoked']),
  streams: z.optional(z.array(z.string())),
});

/** What state says of it at this moment. */
export const identityRecordQuery = (id: string) =>
  queryOptions({
    queryKey: ['identity-record', id],
    queryFn: async ({ signal }) => {
      const key = `identities/by-id/${id}`;
      const { decoded, height } = asAsked(key, await ask('state', { params: { key }, signal }), (answer) => [
        answer.key,
      ]);
      const record = z.safeParse(recordSchema, decoded);
      if (!record.success) throw GatewayError.badAnswer(key, z.prettifyError(record.error));
      return { ...record.data, height };
    },
    refetchInterval: everyMs(10_000),
  });
