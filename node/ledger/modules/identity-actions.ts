/**
 * What admins decide about the identities of their own member, what an identity decides about its own keys, and what
 * needs ballots: roles that see or decide more than submitter and operator, and the key of an admin that lost it.
 */

import { toHex } from '../../../shared/codec/hex.ts';
import { readableStreamsMax } from '../../../shared/codec/ids.ts';
import type { IdentityId, MemberId, PublicKey } from '../../../shared/types/brands.ts';
import { type CborValue, type LedgerEvent, type Role, roles } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { identityId, possession, publicKey, reason } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { argsForm, byteString, distinct, type FormCheck, fields, list, oneOf } from '../form.ts';
import { readableStream } from '../readable-stream.ts';
import type { DecidedRejection } from '../rejections.ts';
import type { CommandContext, Decision, Governed, LedgerModule, StateView } from '../types.ts';
import {
  type EncryptionKeySetData,
  evolveIdentities,
  type Identity,
  identityAdded,
  isLastAdmin,
  type KeyReplacedData,
  type RevokedData,
  type RoleData,
  type RoleGrantedData,
  readIdentity,
} from './identities.ts';
import { keyFault, keyRegistered, keyRetired, readKey, unlessSuspected } from './keys.ts';
import { requireAdmin } from './roles.ts';

/** An identity that is not yet there, as actions name it. */
export type NewIdentityArgs = {
  readonly id: string;
  readonly key: Uint8Array;
  readonly possession: Uint8Array;
  readonly encryptionKey?: Uint8Array;
};
type AddArgs = NewIdentityArgs & { readonly roles: readonly Role[] };
type ReplaceKeyArgs = {
  readonly identity: string;
  readonly key: Uint8Array;
  readonly possession: Uint8Array;
};
type RoleArgs = { readonly identity: string; readonly role: Role; readonly streams?: readonly string[] };
type RevokeArgs = { readonly identity: string; readonly reason: string };

const role = oneOf(roles);
const x25519Key = byteString(32);
export const newIdentityFields = {
  id: identityId,
  key: publicKey,
  possession,
  encryptionKey: { optional: x25519Key },
} as const;
const replaceKeyForm = fields({ identity: identityId, key: publicKey, possession });
const roleForm = fields({ identity: identityId, role });
const governedGrantForm = fields({
  identity: identityId,
  role,
  streams: { optional: distinct(list(readableStream, 1, readableStreamsMax)) },
});

const forms: { readonly [action: string]: FormCheck } = {
  'identities.add': fields({ ...newIdentityFields, roles: distinct(list(role, 0, roles.length)) }),
  'identities.replace-key': replaceKeyForm,
  'identities.set-encryption-key': fields({ encryptionKey: x25519Key }),
  'identities.grant': roleForm,
  'identities.revoke-role': roleForm,
  'identities.revoke': fields({ identity: identityId, reason }),
};

const actionForms = Object.fromEntries(
  Object.entries(forms).map(([action, form]) => [action, argsForm(form)]),
);

export const identitiesModule: LedgerModule = {
  name: 'identities',
  actions: actionForms,
  revisions: unlessSuspected(actionForms, decideIdentities),
  decide: decideIdentities,
  evolve: evolveIdentities,
};

type Decide = (state: StateView, context: CommandContext, args: CborValue) => Decision;
const deciders: { readonly [action: string]: Decide } = {
  'identities.add': (state, context, args) => addOwn(state, context, args as AddArgs),
  'identities.replace-key': (state, context, args) => replaceOwnKey(state, context, args as ReplaceKeyArgs),
  'identities.set-encryption-key': (_state, { identity }, args) => {
    const { encryptionKey } = args as EncryptionKeySetData;
    const data: EncryptionKeySetData = { identity: identity.id, encryptionKey };
    return decided({ type: 'identities.encryption-key-set', data });
  },
  'identities.grant': (state, context, args) => changeOwnRole(state, context, args as RoleArgs, grant),
  'identities.revoke-role': (state, context, args) =>
    changeOwnRole(state, context, args as RoleArgs, revokeRole),
  'identities.revoke': (state, context, args) => revoke(state, context, args as RevokeArgs),
};

function decideIdentities(
  state: StateView,
  context: CommandContext,
  action: string,
  args: CborValue,
): Decision {
  const decide = deciders[action];
  assert(decide !== undefined, `identities owns no action ${action}`);
  return decide(state, context, args);
}

export const governedIdentities = {
  'identities.grant': {
    form: governedGrantForm,
    decide: (state, _context, args) => changeRole(state, args as RoleArgs, grant),
  },
  'identities.revoke-role': {
    form: roleForm,
    decide: (state, _context, args) => changeRole(state, args as RoleArgs, revokeRole),
  },
  'identities.replace-key': {
    form: replaceKeyForm,
    decide: (state, context, args) => {
      const { identity, ...key } = args as ReplaceKeyArgs;
      const found = standing(state, identity);
      return 'code' in found ? refused(found) : replaceKey(state, context, found, key);
    },
  },
} satisfies { readonly [kind: string]: Governed };

/** Roles that a member's admins give without asking the others. */
const ownRoles: readonly Role[] = ['submitter', 'operator'];

function addOwn(state: StateView, context: CommandContext, { roles: wanted, ...args }: AddArgs): Decision {
  const missing = requireAdmin(context);
  if (missing !== undefined) return refused(missing);
  const beyond = wanted.find((one) => !ownRoles.includes(one));
  if (beyond !== undefined) return refused({ code: 'role-needs-ballots', facts: { role: beyond } });
  const added = newIdentity(state, context, context.identity.member, args, wanted);
  return 'code' in added ? refused(added) : decided(...added);
}

/** The events that add it under a member, or why it cannot be. */
export function newIdentity(
  state: StateView,
  context: CommandContext,
  member: string,
  { id, key, possession: proof, encryptionKey }: NewIdentityArgs,
  given: readonly Role[],
): readonly LedgerEvent[] | DecidedRejection {
  const known = readIdentity(state, id);
  if (known !== undefined) {
    return { code: 'identity-exists', facts: { identity: id, member: known.member } };
  }
  const claim = { key: toHex(key) as PublicKey, kind: 'identity', owner: id, member } as const;
  const fault = keyFault(state, context, claim, proof);
  if (fault !== undefined) return fault;
  const added = identityAdded({
    id: id as IdentityId,
    member: member as MemberId,
    key: claim.key,
    roles: [...given].sort(),
    ...(encryptionKey && { encryptionKey: toHex(encryptionKey) }),
  });
  return [added, keyRegistered(claim, context.height)];
}

/** Itself with its present key, unless that is suspected: a thief could; or an admin of its member. */
function replaceOwnKey(
  state: StateView,
  context: CommandContext,
  { identity, ...key }: ReplaceKeyArgs,
): Decision {
  if (identity !== context.identity.id) {
    const found = ownIdentity(state, context, identity);
    return 'code' in found ? refused(found) : replaceKey(state, context, found, key);
  }
  const self = standing(state, identity);
  if ('code' in self) return refused(self);
  if (readKey(state, self.key)?.suspected !== undefined)
    return refused({ code: 'key-suspected', facts: { key: self.key, owner: identity } });
  return replaceKey(state, context, self, key);
}

function replaceKey(
  state: StateView,
  context: CommandContext,
  { id, member, key: old }: Identity,
  { key, possession: proof }: Pick<ReplaceKeyArgs, 'key' | 'possession'>,
): Decision {
  const claim = { key: toHex(key) as PublicKey, kind: 'identity', owner: id, member } as const;
  const fault = keyFault(state, context, claim, proof);
  if (fault !== undefined) return refused(fault);
  const data: KeyReplacedData = { identity: id, key };
  return decided(
    { type: 'identities.key-replaced', data },
    keyRetired(old, context.height),
    keyRegistered(claim, context.height),
  );
}

type ChangeRole = (state: StateView, identity: Identity, args: RoleArgs) => Decision;

function changeOwnRole(
  state: StateView,
  context: CommandContext,
  args: RoleArgs,
  change: ChangeRole,
): Decision {
  const found = ownIdentity(state, context, args.identity);
  if ('code' in found) return refused(found);
  if (!ownRoles.includes(args.role))
    return refused({ code: 'role-needs-ballots', facts: { role: args.role } });
  return change(state, found, args);
}

function changeRole(state: StateView, args: RoleArgs, change: ChangeRole): Decision {
  const found = standing(state, args.identity);
  return 'code' in found ? refused(found) : change(state, found, args);
}

/** A reader may be given other streams; whoever has any other role reads all of them, and needs none. */
function grant(_state: StateView, identity: Identity, { role: given, streams }: RoleArgs): Decision {
  if ((given === 'reader') !== (streams !== undefined))
    return refused({ code: 'streams-needed', facts: { role: given } });
  if (given !== 'reader' && identity.roles.includes(given)) return unchanged(identity, given, true);
  const data: RoleGrantedData = { identity: identity.id, role: given, ...(streams && { streams }) };
  return decided({ type: 'identities.role-granted', data });
}

function revokeRole(state: StateView, identity: Identity, { role: taken }: RoleArgs): Decision {
  if (!identity.roles.includes(taken)) return unchanged(identity, taken, false);
  if (taken === 'admin' && isLastAdmin(state, identity)) return lastAdmin(identity);
  const data: RoleData = { identity: identity.id, role: taken };
  return decided({ type: 'identities.role-revoked', data });
}

/** Final; its key stays taken. */
function revoke(state: StateView, context: CommandContext, args: RevokeArgs): Decision {
  const { identity, reason: why } = args;
  const found = ownIdentity(state, context, identity);
  if ('code' in found) return refused(found);
  if (isLastAdmin(state, found)) return lastAdmin(found);
  const data: RevokedData = { identity, reason: why };
  return decided({ type: 'identities.revoked', data }, keyRetired(found.key, context.height));
}

/** One that the sender, an admin, decides about; or why it is none. */
function ownIdentity(state: StateView, context: CommandContext, id: string): Identity | DecidedRejection {
  const missing = requireAdmin(context);
  if (missing !== undefined) return missing;
  const found = standing(state, id);
  if ('code' in found) return found;
  const own = context.identity.member;
  if (found.member === own) return found;
  return { code: 'not-own-member', facts: { member: found.member, own } };
}

/** One that may still change: a suspended member's may, for the day when it is restored. */
function standing(state: StateView, id: string): Identity | DecidedRejection {
  const found = readIdentity(state, id);
  if (found === undefined) return { code: 'unknown-identity', facts: { identity: id } };
  if (found.status === 'active' || found.status === 'member-suspended') return found;
  return { code: 'identity-not-active', facts: { identity: id, status: found.status } };
}

function lastAdmin({ member }: Identity): Decision {
  return refused({ code: 'last-admin', facts: { member } });
}

function unchanged({ id }: Identity, unchangedRole: Role, has: boolean): Decision {
  return refused({ code: 'role-unchanged', facts: { identity: id, role: unchangedRole, has } });
}
