import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';

const recordSchema = z.object({ since: z.int(), schema: z.optional(z.unknown()) });

/** What the members ask of a stream's events, from state; null if nothing. */
export const streamSchemaQuery = (stream: string) =>
  queryOptions({
    queryKey: ['stream-schema', stream],
    queryFn: async ({ signal }) => {
      const key = `streams-schemas/${stream}`;
      const { decoded } = asAsked(key, await ask('state', { params: { key }, signal }), (one) => [one.key]);
      const record = z.safeParse(recordSchema, decoded);
      return record.success && record.data.schema !== undefined
        ? { since: record.data.since, schema: record.data.schema }
        : null;
    },
  });
