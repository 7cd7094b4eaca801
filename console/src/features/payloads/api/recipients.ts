import { queryOptions } from '@tanstack/react-query';
import type { IdentityRowJson } from '../../../../../shared/api.ts';
import { type ProvenRecipients, recipientsOf } from '../../../../../shared/client/recipients.ts';
import { ask } from '../../../lib/gateway.ts';
import { pin } from '../../../lib/pin.ts';
import { proverOf } from '../../verify/api/prove-state.ts';

/** All identities, page after page, to choose among. Their keys are proven only once they are chosen. */
export const choicesQuery = queryOptions({
  queryKey: ['payloads', 'choices'],
  queryFn: async ({ signal }) => {
    const rows: IdentityRowJson[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 1000, ...(cursor === undefined ? {} : { cursor }) };
      const page = await ask('identities', { query, signal });
      rows.push(...page.identities);
      cursor = page.next;
    } while (cursor !== undefined);
    return rows;
  },
  staleTime: 10_000,
});

/** Whom these names are, with the keys that the state proves in this browser. @throws ClientError, GatewayError */
export async function proveRecipients(names: readonly string[]): Promise<ProvenRecipients> {
  const network = pin.get()?.network;
  if (network === undefined) throw new Error('No network is pinned yet.');
  return recipientsOf(names, proverOf(network));
}
