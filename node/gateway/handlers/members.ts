/** GET members, identities, thresholds: who belongs to the consortium and what it takes to decide, from state. */
import type {
  IdentitiesJson,
  IdentityDetailJson,
  IdentityRowJson,
  MemberJson,
  MembersJson,
  ParamsOf,
  QueryOf,
  RegisteredKeyJson,
  ThresholdsJson,
} from '../../../shared/api.ts';
import {
  actionKinds,
  foundationalKinds,
  neededOf,
  type Threshold,
} from '../../../shared/types/governance.ts';
import { readIds } from '../../ledger/id-index.ts';
import { countedMembers, effectiveThresholds, recounts } from '../../ledger/modules/consent.ts';
import {
  type Identity,
  identityCount,
  identityNumbered,
  readIdentity,
} from '../../ledger/modules/identities.ts';
import { type RegisteredKey, readKey, readKeysOf } from '../../ledger/modules/keys.ts';
import { activeMembers, type Member, readMember, readMembers } from '../../ledger/modules/members.ts';
import { readValidators } from '../../ledger/modules/network.ts';
import { observersOf } from '../../ledger/modules/observers.ts';
import { readRecoveryThreshold } from '../../ledger/modules/thresholds.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { StateView } from '../../ledger/types.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { identityJson } from '../genesis-json.ts';
import { memberName } from '../governance/names.ts';
import { ProblemError } from '../http/problem-error.ts';
import type { Caller } from '../sessions/caller.ts';

const defaultLimit = 200;

export function listMembers({ queries }: GatewayContext): Answer<MembersJson> {
  const state = queries.certifiedState();
  const members = readMembers(state).map((member) => memberJson(state, member));
  return { body: { height: state.height, members } };
}

function memberJson(state: StateView, { id, name, status }: Member): MemberJson {
  const validators = readValidators(state).filter(({ member }) => member === id);
  return {
    id,
    name,
    status,
    admins: [...readIds(state, stateKeys.admins(id))],
    identities: identityCount(state, id),
    validators: validators.map((validator) => validator.id),
    observers: [...observersOf(state, id)],
  };
}

/** By member, and within a member in the order in which they came. */
export function listIdentities(
  { queries }: GatewayContext,
  { member, cursor, limit = defaultLimit }: QueryOf<'identities'>,
): Answer<IdentitiesJson> {
  const state = queries.certifiedState();
  const members = membersAsked(state, member);
  let place: Place | undefined = cursor === undefined ? firstPlace(members) : placeOf(members, cursor);
  const rows: IdentityRowJson[] = [];
  for (; place !== undefined && rows.length < limit; place = placeAfter(state, members, place)) {
    const identity = identityNumbered(state, members[place.member]!.id, place.number);
    if (identity !== undefined) rows.push(rowJson(state, identity));
  }
  const next = place === undefined ? {} : { next: cursorOf(members, place) };
  return { body: { height: state.height, identities: rows, ...next } };
}

/** @throws ProblemError `not-found` */
function membersAsked(state: StateView, id: string | undefined): readonly Member[] {
  if (id === undefined) return readMembers(state);
  const member = readMember(state, id);
  if (member === undefined) throw new ProblemError('not-found', `No member is called ${id}.`, { member: id });
  return [member];
}

/** Index of a member, and number of an identity within it, which may be one past its last. */
interface Place {
  readonly member: number;
  readonly number: number;
}

const firstPlace = (members: readonly Member[]): Place | undefined =>
  members.length === 0 ? undefined : { member: 0, number: 0 };

function placeAfter(
  state: StateView,
  members: readonly Member[],
  { member, number }: Place,
): Place | undefined {
  if (number + 1 < identityCount(state, members[member]!.id)) return { member, number: number + 1 };
  return member + 1 < members.length ? { member: member + 1, number: 0 } : undefined;
}

const cursorOf = (members: readonly Member[], { member, number }: Place): string =>
  `${members[member]!.id}/${number}`;

/** @throws ProblemError `invalid-cursor` */
function placeOf(members: readonly Member[], cursor: string): Place {
  const [, id, number] = /^([a-z0-9-]{1,32})\/(0|[1-9][0-9]{0,14})$/.exec(cursor) ?? [];
  const member = members.findIndex((one) => one.id === id);
  if (member >= 0) return { member, number: Number(number) };
  throw new ProblemError('invalid-cursor', 'The cursor was not issued by this API.', { cursor });
}

/** By id, or by any key that it ever had. A reader of named streams knows itself. */
export function getIdentity(
  { queries }: GatewayContext,
  { id }: ParamsOf<'identity'>,
  caller: Caller,
): Answer<IdentityDetailJson> {
  const state = queries.certifiedState();
  const registered = readKey(state, id);
  const found = readIdentity(state, registered?.kind === 'identity' ? registered.owner : id);
  const identity = caller.reads === 'everything' || found?.id === caller.identity ? found : undefined;
  if (identity === undefined) throw new ProblemError('not-found', `No identity is called ${id}.`, { id });
  const keys = readKeysOf(state, 'identity', identity.id).map(keyJson);
  return { body: { ...rowJson(state, identity), height: state.height, keys } };
}

const rowJson = (state: StateView, identity: Identity): IdentityRowJson => ({
  ...identityJson(identity),
  memberName: memberName(state, identity.member),
  status: identity.status,
});

function keyJson({ key, since, until, suspected }: RegisteredKey): RegisteredKeyJson {
  return {
    key,
    since,
    ...(until === undefined ? {} : { until }),
    ...(suspected === undefined ? {} : { suspected }),
  };
}

export function getThresholds({ queries }: GatewayContext): Answer<ThresholdsJson> {
  const state = queries.certifiedState();
  const members = countedMembers(state).length;
  const active = activeMembers(state).length;
  const thresholds = effectiveThresholds(state);
  const share = ({ more: [part, of] }: Threshold, counted = members) => ({
    more: [part, of] as [number, number],
    needed: neededOf(counted, { more: [part, of] }),
  });
  return {
    body: {
      height: state.height,
      members,
      thresholds: actionKinds.map((kind) => ({
        kind,
        ...share(thresholds[kind]),
        ...(recounts(state) && foundationalKinds.has(kind) && { follows: 'thresholds.set' as const }),
      })),
      recovery: { ...share(readRecoveryThreshold(state), active), members: active },
    },
  };
}
