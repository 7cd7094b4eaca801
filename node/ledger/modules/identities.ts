/** Keys with roles under a member. Filled from genesis; balances and rights belong to identity ids (design, section 6). */
import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import type { IdentityId, MemberId, PublicKey } from '../../../shared/types/brands.ts';
import type { GenesisIdentity, LedgerEvent, Role } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { readRecord, writeRecord } from '../records.ts';
import { stateKeys } from '../state-keys.ts';
import type { LedgerModule, StateChanges, StateView } from '../types.ts';

export interface Identity extends GenesisIdentity {
  readonly status: 'active' | 'revoked';
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

export const identitiesModule: LedgerModule = {
  name: 'identities',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: identities owns no action, asked for ${action}`);
  },
  evolve: evolveIdentities,
};

function evolveIdentities(state: StateChanges, event: LedgerEvent): void {
  assert(event.type === 'identities.added', `identities knows no event ${event.type}`);
  const data = event.data as IdentityData;
  writeRecord(state, stateKeys.identity(data.id), data);
  writeRecord(state, stateKeys.identityOfKey(toHex(data.key)), data.id);
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
    status: data.status as Identity['status'],
  };
}

/** Whom a public key speaks for, if anyone. */
export function identityOfKey(state: StateView, key: PublicKey): Identity | undefined {
  const id = readRecord<string>(state, stateKeys.identityOfKey(key));
  if (id === undefined) return undefined;
  const identity = readIdentity(state, id);
  assert(identity !== undefined, `identity ${id} of key ${key} is in state`);
  return identity;
}
