import { queryOptions } from '@tanstack/react-query';
import type {
  ActivationJson,
  ActivationRowJson,
  KeysPlanJson,
  KeysRotateBodyJson,
  KeysRotateJson,
  ProposalJson,
} from '../../../../../../shared/api.ts';
import { ask } from '../../../../lib/gateway.ts';
import { GatewayError } from '../../../../lib/gateway-error.ts';
import { everyMs } from '../../../../lib/queries.ts';
import { refreshGovernance } from '../../../proposals/api/proposals.ts';
import { isReplacement, keyIn } from '../rotation-state.ts';

/** What the answering node says of its keys; null for whoever is not of its member, or is nobody who operates it. */
export const ownPlanQuery = queryOptions({
  queryKey: ['governance', 'keys', 'plan'],
  queryFn: async ({ signal }): Promise<KeysPlanJson | null> => {
    try {
      return await ask('keysPlan', { signal });
    } catch (error) {
      const isForbidden =
        error instanceof GatewayError && (error.code === 'not-own-member' || error.code === 'role-missing');
      if (isForbidden) return null;
      throw error;
    }
  },
  refetchInterval: everyMs(1_000),
});

/** The newest activation that brings this validator a key; null if there never was one. */
export const rotationActivationQuery = (validator: string) =>
  queryOptions({
    queryKey: ['governance', 'rotation', 'activation', validator],
    queryFn: async ({ signal }): Promise<ActivationJson | null> => {
      const found = await newestOf(validator, signal);
      if (found === undefined) return null;
      return ask('activation', { params: { number: String(found.number) }, signal });
    },
    refetchInterval: everyMs(1_000),
  });

async function newestOf(validator: string, signal: AbortSignal): Promise<ActivationRowJson | undefined> {
  let cursor: string | undefined;
  do {
    const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const page = await ask('activations', { query, signal });
    const found = page.rows.find(({ changes }) => keyIn(changes, validator) !== undefined);
    if (found !== undefined) return found;
    cursor = page.next;
  } while (cursor !== undefined);
  return undefined;
}

/** The newest proposal that waits for ballots and would bring this validator a key; null if there is none. */
export const rotationProposalQuery = (validator: string) =>
  queryOptions({
    queryKey: ['governance', 'rotation', 'proposal', validator],
    queryFn: async ({ signal }): Promise<ProposalJson | null> => {
      const { rows } = await ask('proposals', { query: { status: 'waiting', limit: 100 }, signal });
      for (const { kinds, number } of rows) {
        if (!kinds.includes('validators.replace-consensus-key')) continue;
        const proposal = await ask('proposal', { params: { number: String(number) }, signal });
        if (proposal.actions.some((action) => isReplacement(action, validator))) return proposal;
      }
      return null;
    },
    refetchInterval: everyMs(2_000),
  });

/** The answering node makes the key unless one is named that it has, and asks with the old one or answers what members decide on. @throws GatewayError */
export async function rotateHere(body: KeysRotateBodyJson): Promise<KeysRotateJson> {
  const answer = await ask('keysRotate', { body });
  refreshGovernance();
  return answer;
}
