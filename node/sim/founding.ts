/**
 * A network of simulated validators and one client identity, founded by the product's own genesis code. Where epochs
 * are played there are members with an admin each, and seats beyond the first set, which may join later; where clients
 * replace their keys there is one more of them, who does.
 */
import type { IdentityId, Incarnation, MemberId, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import { defaultConsent } from '../../shared/types/governance.ts';
import type { GenesisDocument, GenesisIdentity, GenesisValidator } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import { buildGenesis, type Genesis } from '../ledger/genesis.ts';
import { keyOfSeat } from './keyed-hash.ts';

export interface Admin {
  readonly id: IdentityId;
  readonly member: MemberId;
  readonly key: PublicKey;
}

export interface Founding {
  readonly document: GenesisDocument;
  readonly genesis: Genesis;
  /** Everybody who runs: the first set, and those who may join. */
  readonly ids: readonly ValidatorId[];
  /** Validators of epoch 0. */
  readonly first: readonly ValidatorId[];
  /** What each is, or asks to be when it joins. */
  readonly seats: ReadonlyMap<ValidatorId, GenesisValidator>;
  /** One of each member; none where epochs are not played. */
  readonly admins: readonly Admin[];
  readonly clientKey: PublicKey;
  /** A client that replaces its key, where that is played. */
  readonly changer?: GenesisIdentity;
}

/** Wall clocks start here. */
export const startWallMs = 1_750_000_000_000;
const clientSeat = 1_000;
const nodeKeySeat = 2_000;
const adminSeat = 3_000;
const changerSeat = 4_000;
/** Consensus keys of one seat are so far apart. */
const seatsPerGeneration = 10_000;

/** Members decide by majority: two of them, and all three where it takes two thirds. */
const membersWithAdmins = ['sim', 'other', 'third'].map((id) => id as MemberId);

/** The n-th consensus key of a seat, from 0. */
export const consensusKeyOf = (seat: number, generation: number): PublicKey =>
  keyOfSeat(seat + generation * seatsPerGeneration);

/** The n-th key of the client that replaces it, from 0. */
export const changerKeyOf = (generation: number): PublicKey => keyOfSeat(changerSeat + generation);

/** @param spares how many may join later; undefined: there are no admins either */
export function foundNetwork(
  replicas: number,
  parameters: NetworkParameters,
  spares?: number,
  hasChanger = false,
): Founding {
  const members = spares === undefined ? membersWithAdmins.slice(0, 1) : membersWithAdmins;
  const ids = Array.from({ length: replicas + (spares ?? 0) }, (_, seat) => `v${seat}` as ValidatorId);
  const seats = new Map(ids.map((id, seat) => [id, seatOf(id, seat, members)]));
  const admins = spares === undefined ? [] : members.map(adminOf);
  const clientKey = keyOfSeat(clientSeat);
  const first = ids.slice(0, replicas);
  const changer: GenesisIdentity = {
    id: 'changer' as IdentityId,
    member: members[0]!,
    key: changerKeyOf(0),
    roles: ['submitter'],
  };
  const document: GenesisDocument = {
    version: 2,
    name: 'simulation',
    time: startWallMs,
    parameters,
    members: members.map((id) => ({ id, name: 'Simulated' })),
    validators: first.map((id) => seats.get(id)!),
    identities: [
      { id: 'client' as IdentityId, member: members[0]!, key: clientKey, roles: ['submitter'] },
      ...admins.map((admin): GenesisIdentity => ({ ...admin, roles: ['admin'] })),
      ...(hasChanger ? [changer] : []),
    ],
    ...defaultConsent,
  };
  const founding = { document, genesis: buildGenesis(document), ids, first, seats, admins, clientKey };
  return hasChanger ? { ...founding, changer } : founding;
}

function seatOf(id: ValidatorId, seat: number, members: readonly MemberId[]): GenesisValidator {
  return {
    id,
    member: members[seat % members.length]!,
    consensusKey: consensusKeyOf(seat, 0),
    nodeKey: keyOfSeat(nodeKeySeat + seat),
    address: `wss://sim:${seat}`,
    gateway: `http://sim:${seat}`,
    incarnation: seat.toString(16).padStart(32, '0') as Incarnation,
  };
}

const adminOf = (member: MemberId, index: number): Admin => ({
  id: `${member}.admin` as IdentityId,
  member,
  key: keyOfSeat(adminSeat + index),
});
