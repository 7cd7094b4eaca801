import { queryOptions } from '@tanstack/react-query';
import type { IdentityRowJson, StateJson } from '../../../../../shared/api.ts';
import { ClientError } from '../../../../../shared/client/client-error.ts';
import {
  type ProvenValue,
  type ProveState,
  requireRecent,
  stateEntryOf,
} from '../../../../../shared/client/proven-state.ts';
import { type ProvenRecipients, recipientsOf } from '../../../../../shared/client/recipients.ts';
import { fromBase64Url } from '../../../../../shared/codec/hex.ts';
import { verifyGenesisStateEntry } from '../../../../../shared/protocol/verify-state.ts';
import type { NetworkId } from '../../../../../shared/types/brands.ts';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { pin } from '../../../lib/pin.ts';
import { verify } from '../../verify/api/verifier.ts';
import { firstFailure } from '../../verify/checks.ts';
import { refuseContradiction, seenOf } from '../../verify/contradiction.ts';
import { rememberProven, seen } from '../../verify/seen.ts';

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

function proverOf(network: string): ProveState {
  return async (key) => {
    const entry = await ask('state', { params: { key } });
    const newest = seenOf(seen.get(), network);
    const proofOf = ({ height, time }: Pick<ProvenValue, 'height' | 'time'>) => ({
      gateway: gatewayOrigin(),
      key,
      height,
      time,
    });
    if (entry.certificate === null) {
      const founded = ofGenesis(key, entry, network);
      requireRecent(proofOf(founded), newest);
      return founded;
    }
    const { checks, proven } = await verify({ kind: 'state', key, entry }, network);
    if (proven === undefined) throw unproven(key, firstFailure(checks)?.reason);
    requireRecent(proofOf(proven), newest);
    refuseContradiction(seen.get(), proven);
    rememberProven(proven);
    const value = entry.value === null ? undefined : fromBase64Url(entry.value);
    return { value, height: proven.height, time: proven.time };
  };
}

/** Before the first block there is nothing that anybody sealed: the genesis block's hash is the network id. */
function ofGenesis(key: string, answer: StateJson, network: string): ProvenValue {
  const entry = stateEntryOf(key, answer);
  const checked = entry && verifyGenesisStateEntry(entry, network as NetworkId);
  if (!checked?.ok) throw unproven(key, firstFailure(checked?.checks ?? [])?.reason);
  return { value: entry?.value, height: 0, time: answer.header.time };
}

const unproven = (key: string, reason: string | undefined): ClientError =>
  new ClientError(
    'state-unproven',
    'The node does not prove what it says of the state.',
    { gateway: gatewayOrigin(), key, reason },
    'Nothing was encrypted. Ask another node, and the operator of this one why.',
  );
