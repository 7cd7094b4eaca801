import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import { everyMs } from '../../../lib/queries.ts';
import { type Standing, standingOf } from '../standing.ts';

export const identityQuery = (id: string) =>
  queryOptions({
    queryKey: ['identity', id],
    queryFn: async ({ signal }) =>
      asAsked(id, await ask('identity', { params: { id }, signal }), (answer) => [
        answer.id,
        ...answer.keys.map(({ key }) => key),
      ]),
    staleTime: 60_000,
  });

const recordSchema = z.object({
  status: z.enum(['active', 'revoked']),
  streams: z.optional(z.array(z.string())),
});
const memberSchema = z.object({ status: z.enum(['active', 'suspended', 'removed']) });

interface StandingAt {
  readonly status: Standing;
  readonly streams?: readonly string[] | undefined;
  readonly height: number;
}

/** What state says of it at this moment: an identity acts only while its member may. */
export const standingQuery = (id: string, member: string) =>
  queryOptions({
    queryKey: ['standing', id, member],
    queryFn: async ({ signal }): Promise<StandingAt> => {
      const [own, ofMember] = await Promise.all([
        stateOf(`identities/by-id/${id}`, recordSchema, signal),
        stateOf(`network/members/${member}`, memberSchema, signal),
      ]);
      const { status, streams } = own.value;
      return { status: standingOf(status, ofMember.value.status), streams, height: own.height };
    },
    refetchInterval: everyMs(10_000),
  });

async function stateOf<Schema extends z.ZodMiniType>(
  key: string,
  schema: Schema,
  signal: AbortSignal,
): Promise<{ readonly value: z.infer<Schema>; readonly height: number }> {
  const answer = asAsked(key, await ask('state', { params: { key }, signal }), (one) => [one.key]);
  const value = z.safeParse(schema, answer.decoded);
  if (!value.success) throw GatewayError.badAnswer(key, z.prettifyError(value.error));
  return { value: value.data, height: answer.height };
}
