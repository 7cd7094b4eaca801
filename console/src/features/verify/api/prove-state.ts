/** Values of state that this browser proves from the pinned network id. */
import type { StateJson } from '../../../../../shared/api.ts';
import { ClientError } from '../../../../../shared/client/client-error.ts';
import {
  type ProvenValue,
  type ProveState,
  requireRecent,
  stateEntryOf,
} from '../../../../../shared/client/proven-state.ts';
import { fromBase64Url } from '../../../../../shared/codec/hex.ts';
import { verifyGenesisStateEntry } from '../../../../../shared/protocol/verify-state.ts';
import type { NetworkId } from '../../../../../shared/types/brands.ts';
import { ask, gatewayOrigin } from '../../../lib/gateway.ts';
import { firstFailure } from '../checks.ts';
import { refuseContradiction, seenOf } from '../contradiction.ts';
import { rememberProven, seen } from '../seen.ts';
import { verify } from './verifier.ts';

/** @throws ClientError, GatewayError */
export function proverOf(network: string): ProveState {
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
