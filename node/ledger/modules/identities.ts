/** Keys with roles under a member; balances and rights belong to identity ids, so that keys can change (design, section 6). */
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import type { Height, IdentityId, MemberId, PublicKey } from '../../../shared/types/brands.ts';
import type { GenesisIdentity, LedgerEvent, Role } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { addId, readIds, removeId } from '../id-index.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { StateChanges, StateView } from '../types.ts';
import { readKey } from './keys.ts';
import { readMember } from './members.ts';

export interface Identity extends GenesisIdentity {
  /** Its own, or that of its member, which is read beside it. */
  readonly status: 'active' | 'revoked' | 'member-suspended' | 'member-removed';
}

type IdentityData = {
  readonly id: string;
  readonly member: string;
  readonly key: Uint8Array;
  readonly roles: readonly string[];
  readonly encryptionKey?: Uint8Array;
  readonly streams?: readonly string[];
  readonly status: string;
};
export type KeyReplacedData = { readonly identity: string; readonly key: Uint8Array };
export type EncryptionKeySetData = { readonly identity: string; readonly encryptionKey: Uint8Array };
export type RoleData = { readonly identity: string; readonly role: string };
export type RoleGrantedData = RoleData & { readonly streams?: readonly string[] };
export type RevokedData = { readonly identity: string; readonly reason: string };

const folds: { readonly [type: string]: (state: StateChanges, event: LedgerEvent) => void } = {
  'identities.added': (state, { data }) => add(state, data as IdentityData),
  'identities.key-replaced': (state, { data }) => replaceKey(state, data as KeyReplacedData),
  'identities.encryption-key-set': (state, { data }) => {
    const { identity, encryptionKey } = data as EncryptionKeySetData;
    write(state, { ...dataOf(state, identity), encryptionKey });
  },
  'identities.role-granted': (state, { data }) => grantRole(state, data as RoleGrantedData),
  'identities.role-revoked': (state, { data }) => revokeRole(state, data as RoleData),
  'identities.revoked': (state, { data }) => {
    write(state, { ...dataOf(state, (data as RevokedData).identity), status: 'revoked' });
  },
};

export function evolveIdentities(state: StateChanges, event: LedgerEvent): void {
  const fold = folds[event.type];
  assert(fold !== undefined, `identities knows no event ${event.type}`);
  fold(state, event);
}

function add(state: StateChanges, data: IdentityData): void {
  write(state, data);
  writeRecord(state, stateKeys.identityOfKey(toHex(data.key)), data.id);
  const number = identityCount(state, data.member);
  writeRecord(state, stateKeys.identityNumbered(data.member, number), data.id);
  writeRecord(state, stateKeys.identityCount(data.member), number + 1);
}

/** From now on the old key is nobody's to sign with; whose it was stands under `keys/`. */
function replaceKey(state: StateChanges, { identity, key }: KeyReplacedData): void {
  const before = dataOf(state, identity);
  state.delete(stateKeys.identityOfKey(toHex(before.key)));
  write(state, { ...before, key });
  writeRecord(state, stateKeys.identityOfKey(toHex(key)), identity);
}

function grantRole(state: StateChanges, { identity, role, streams }: RoleGrantedData): void {
  const before = dataOf(state, identity);
  const given = [...before.roles.filter((one) => one !== role), role].sort();
  write(state, { ...before, roles: given, ...(streams && { streams }) });
}

/** Streams are the reader's alone. */
function revokeRole(state: StateChanges, { identity, role }: RoleData): void {
  const { streams, ...before } = dataOf(state, identity);
  const left = before.roles.filter((one) => one !== role);
  write(state, { ...before, roles: left, ...(streams && role !== 'reader' && { streams }) });
}

/** With the member's index of admins, which its last one must not leave. */
function write(state: StateChanges, data: IdentityData): void {
  writeRecord(state, stateKeys.identity(data.id), data);
  const admins = stateKeys.admins(data.member);
  const isAdmin = data.status === 'active' && data.roles.includes('admin');
  if (isAdmin) addId(state, admins, data.id);
  else if (readIds(state, admins).includes(data.id)) removeId(state, admins, data.id);
}

function dataOf(state: StateView, id: string): IdentityData {
  const data = readRecord<IdentityData>(state, stateKeys.identity(id));
  assert(data !== undefined, `identity ${id} is in state`);
  return data;
}

export function identityAdded(identity: GenesisIdentity): LedgerEvent {
  const data: IdentityData = {
    id: identity.id,
    member: identity.member,
    key: fromHex(identity.key),
    roles: identity.roles,
    ...(identity.encryptionKey === undefined ? {} : { encryptionKey: fromHex(identity.encryptionKey) }),
    ...(identity.streams === undefined ? {} : { streams: identity.streams }),
    status: 'active',
  };
  return { type: 'identities.added', data };
}

export function readIdentity(state: StateView, id: string): Identity | undefined {
  const data = readRecord<IdentityData>(state, stateKeys.identity(id));
  if (data === undefined) return undefined;
  return {
    id: data.id as IdentityId,
    member: data.member as MemberId,
    key: toHex(data.key) as PublicKey,
    roles: data.roles as readonly Role[],
    ...(data.encryptionKey === undefined ? {} : { encryptionKey: toHex(data.encryptionKey) }),
    ...(data.streams === undefined ? {} : { streams: data.streams }),
    status: data.status === 'active' ? standingOf(state, data.member) : 'revoked',
  };
}

function standingOf(state: StateView, memberId: string): Identity['status'] {
  const member = readMember(state, memberId);
  assert(member !== undefined, `member ${memberId} of an identity is in state`);
  return member.status === 'active' ? 'active' : `member-${member.status}`;
}

/** How many a member ever had, revoked ones included. */
export function identityCount(state: StateView, member: string): number {
  return readRecord<number>(state, stateKeys.identityCount(member)) ?? 0;
}

/** `number` counts from 0 within the member; undefined from `identityCount` on. */
export function identityNumbered(state: StateView, member: string, number: number): Identity | undefined {
  const id = readRecord<string>(state, stateKeys.identityNumbered(member, number));
  return id === undefined ? undefined : readIdentity(state, id);
}

/** Whom a public key speaks for now, if anyone. */
export function identityOfKey(state: StateView, key: PublicKey): Identity | undefined {
  const id = readRecord<string>(state, stateKeys.identityOfKey(key));
  if (id === undefined) return undefined;
  const identity = readIdentity(state, id);
  assert(identity !== undefined, `identity ${id} of key ${key} is in state`);
  return identity;
}

/** Id of whose key it was in the block of this height, be it replaced since or not. */
export function holderOfKeyAt(state: StateView, key: PublicKey, height: Height): string | undefined {
  const registered = readKey(state, key);
  if (registered === undefined || registered.since > height) return undefined;
  const now = readRecord<string>(state, stateKeys.identityOfKey(key));
  if (now !== undefined) return now;
  const held = registered.kind === 'identity' && (registered.until ?? 0) >= height;
  return held ? registered.owner : undefined;
}

/** Whether its member would be without an active admin if it were none. */
export function isLastAdmin(state: StateView, { id, member }: Pick<Identity, 'id' | 'member'>): boolean {
  const admins = readIds(state, stateKeys.admins(member));
  return admins.length === 1 && admins[0] === id;
}
