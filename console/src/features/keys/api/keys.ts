import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { fromBase64Url, toHex } from '../../../../../shared/codec/hex.ts';
import type { RegisteredKeyKind } from '../../../../../shared/codec/key-possession.ts';
import { asAsked } from '../../../lib/as-asked.ts';
import { ask } from '../../../lib/gateway.ts';
import { GatewayError } from '../../../lib/gateway-error.ts';
import { everyMs } from '../../../lib/queries.ts';
import type { HeldKey } from '../held.ts';

const ownedSchema = z.array(z.string());
const keySchema = z.object({
  since: z.int(),
  until: z.optional(z.int()),
  suspected: z.optional(z.object({ reason: z.string() })),
});

/** All that a validator or observer ever had of one kind, from the certified state, the first one first. */
export const nodeKeysQuery = (kind: Exclude<RegisteredKeyKind, 'identity'>, owner: string) =>
  queryOptions({
    queryKey: ['governance', 'keys', kind, owner],
    queryFn: async ({ signal }): Promise<readonly HeldKey[]> => {
      const owned = (await stateOf(`keys/of/${kind}/${owner}`, ownedSchema, signal)) ?? [];
      return Promise.all(
        owned.map(async (bytes) => {
          const key = toHex(fromBase64Url(bytes));
          const record = await stateOf(`keys/${key}`, keySchema, signal);
          if (record === undefined) throw GatewayError.badAnswer(key, 'A key of the list is not in state.');
          const { since, until, suspected } = record;
          return {
            holder: owner,
            kind,
            key,
            since,
            ...(until === undefined ? {} : { until }),
            ...(suspected === undefined ? {} : { suspected: suspected.reason }),
          };
        }),
      );
    },
    refetchInterval: everyMs(15_000),
  });

/** All that an identity ever had. */
export const identityKeysQuery = (id: string) =>
  queryOptions({
    queryKey: ['governance', 'keys', 'identity', id],
    queryFn: async ({ signal }): Promise<readonly HeldKey[]> => {
      const answer = await ask('identity', { params: { id }, signal });
      const { keys } = asAsked(id, answer, (one) => [one.id]);
      return keys.map(({ key, since, until, suspected }) => ({
        holder: id,
        kind: 'identity',
        key,
        since,
        ...(until === undefined ? {} : { until }),
        ...(suspected === undefined ? {} : { suspected: suspected.reason }),
      }));
    },
    refetchInterval: everyMs(15_000),
  });

/** Undefined if state has no such entry. */
async function stateOf<Schema extends z.ZodMiniType>(
  key: string,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.infer<Schema> | undefined> {
  const answer = asAsked(key, await ask('state', { params: { key }, signal }), (one) => [one.key]);
  if (answer.value === null) return undefined;
  const value = z.safeParse(schema, answer.decoded);
  if (!value.success) throw GatewayError.badAnswer(key, z.prettifyError(value.error));
  return value.data;
}
