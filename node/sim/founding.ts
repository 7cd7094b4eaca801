/** A network of simulated validators and one client identity, founded by the product's own genesis code. */
import type { IdentityId, Incarnation, MemberId, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { defaultConsent } from '../../shared/types/governance.ts';
import type { GenesisDocument } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { buildGenesis, type Genesis } from '../ledger/genesis.ts';
import { keyOfSeat } from './keyed-hash.ts';

export interface Founding {
  readonly document: GenesisDocument;
  readonly genesis: Genesis;
  readonly ids: readonly ValidatorId[];
  readonly clientKey: PublicKey;
}

/** Wall clocks start here. */
export const startWallMs = 1_750_000_000_000;
const clientSeat = 1_000;
const nodeKeySeat = 2_000;

export function foundNetwork(replicas: number, parameters: NetworkParameters): Founding {
  const member = 'sim' as MemberId;
  const ids = Array.from({ length: replicas }, (_, seat) => `v${seat}` as ValidatorId);
  const clientKey = keyOfSeat(clientSeat);
  const document: GenesisDocument = {
    version: 2,
    name: 'simulation',
    time: startWallMs,
    parameters,
    members: [{ id: member, name: 'Simulated' }],
    validators: ids.map((id, seat) => ({
      id,
      member,
      consensusKey: keyOfSeat(seat),
      nodeKey: keyOfSeat(nodeKeySeat + seat),
      address: `wss://sim:${seat}`,
      gateway: `http://sim:${seat}`,
      incarnation: seat.toString(16).padStart(32, '0') as Incarnation,
    })),
    identities: [{ id: 'client' as IdentityId, member, key: clientKey, roles: ['submitter'] }],
    ...defaultConsent,
  };
  return { document, genesis: buildGenesis(document), ids, clientKey };
}
