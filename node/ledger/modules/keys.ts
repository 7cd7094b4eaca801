/**
 * Every public key that was ever registered, pending ones included: a key has one owner, is for one thing, and is
 * never registered again (rule E4). What deciders of other modules register or retire goes through the events here.
 */

import { fromHex, toHex } from '../../../shared/codec/hex.ts';
import {
  type KeyClaim,
  possessionSigningBytes,
  type RegisteredKeyKind,
} from '../../../shared/codec/key-possession.ts';
import { verifyNoble } from '../../../shared/crypto/ed25519.ts';
import type { CborValue, LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { publicKey, reason as reasonForm } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { argsForm, either, type FormCheck, fields, integer } from '../form.ts';
import { readRecord, writeRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type {
  CommandContext,
  Decision,
  Governed,
  LedgerModule,
  Revision,
  StateChanges,
  StateView,
} from '../types.ts';
import { requireAdmin } from './roles.ts';

/** From here on whoever stole it may have used it. */
type Since = { readonly height: number } | { readonly time: number };

/** Who said so: an identity, or the members by a proposal. */
type Suspicion = {
  readonly since: Since;
  readonly reason: string;
  readonly by: { readonly identity: string } | { readonly proposal: number };
  /** Height at which it was said. */
  readonly at: number;
};

type Registration = {
  readonly kind: string;
  readonly owner: string;
  /** The owner's. */
  readonly member: string;
  /** Height of registration; a key of a pending activation signs later. */
  readonly since: number;
};
type KeyData = Registration & {
  /** Height at which it was replaced, or its owner revoked or removed. */
  readonly until?: number;
  readonly suspected?: Suspicion;
};
type RegisteredData = Registration & { readonly key: Uint8Array };
type RetiredData = { readonly key: Uint8Array; readonly until: number };
type SuspectedData = Suspicion & { readonly key: Uint8Array };
type SuspectArgs = { readonly key: Uint8Array; readonly since: Since; readonly reason: string };

export interface RegisteredKey extends KeyClaim {
  readonly since: number;
  readonly until?: number;
  readonly suspected?: Suspicion;
}

const height = fields({ height: integer(0, Number.MAX_SAFE_INTEGER) });
const time = fields({ time: integer(0, Number.MAX_SAFE_INTEGER) });
const suspectForm: FormCheck = fields({
  key: publicKey,
  since: either(height, time),
  reason: reasonForm,
});

const actionForms = { 'keys.suspect': argsForm(suspectForm) };

export const keysModule: LedgerModule = {
  name: 'keys',
  actions: actionForms,
  revisions: unlessSuspected(actionForms, decideKeys),
  decide: decideKeys,
  evolve: evolveKeys,
};

export const governedKeys = {
  'keys.suspect': {
    form: suspectForm,
    decide: (state, context, args) =>
      suspect(state, context, args as SuspectArgs, { proposal: context.proposal.number }),
  },
} satisfies { readonly [kind: string]: Governed };

function decideKeys(state: StateView, context: CommandContext, action: string, args: CborValue): Decision {
  assert(action === 'keys.suspect', `keys owns no action ${action}`);
  const missing = requireAdmin(context);
  if (missing !== undefined) return refused(missing);
  const { identity } = context;
  const { key } = args as SuspectArgs;
  const member = readKey(state, toHex(key))?.member;
  if (member !== undefined && member !== identity.member)
    return refused({ code: 'not-own-member', facts: { member, own: identity.member } });
  return suspect(state, context, args as SuspectArgs, { identity: identity.id });
}

/** A later suspicion replaces the earlier one: it may reach further back, or less far. */
function suspect(
  state: StateView,
  context: CommandContext,
  { key, since, reason }: SuspectArgs,
  by: Suspicion['by'],
): Decision {
  const name = toHex(key);
  if (readKey(state, name) === undefined) return refused({ code: 'unknown-key', facts: { key: name } });
  const isPast = 'height' in since ? since.height <= context.height : since.time <= context.time;
  if (!isPast) {
    const facts = { since: { ...since }, height: context.height, time: context.time };
    return refused({ code: 'suspicion-in-future', facts });
  }
  const data: SuspectedData = { key, since, reason, by, at: context.height };
  return decided({ type: 'keys.suspected', data });
}

const folds: { readonly [type: string]: (state: StateChanges, event: LedgerEvent) => void } = {
  'keys.registered': (state, { data }) => {
    const { key, ...registration } = data as RegisteredData;
    const name = stateKeys.key(toHex(key));
    assert(readRecord(state, name) === undefined, `key ${toHex(key)} is registered once`);
    writeRecord(state, name, registration);
    const ofOwner = stateKeys.keysOf(registration.kind, registration.owner);
    writeRecord(state, ofOwner, [...(readRecord<readonly Uint8Array[]>(state, ofOwner) ?? []), key]);
  },
  'keys.retired': (state, { data }) => {
    const { key, until } = data as RetiredData;
    change(state, key, { until });
  },
  'keys.suspected': (state, { data }) => {
    const { key, ...suspected } = data as SuspectedData;
    change(state, key, { suspected });
  },
};

function evolveKeys(state: StateChanges, event: LedgerEvent): void {
  const fold = folds[event.type];
  assert(fold !== undefined, `keys knows no event ${event.type}`);
  fold(state, event);
}

function change(state: StateChanges, key: Uint8Array, changed: Partial<KeyData>): void {
  const name = stateKeys.key(toHex(key));
  const data = readRecord<KeyData>(state, name);
  assert(data !== undefined, `key ${toHex(key)} is registered`);
  writeRecord(state, name, { ...data, ...changed });
}

/** @param since height */
export function keyRegistered({ key, kind, owner, member }: KeyClaim, since: number): LedgerEvent {
  const data: RegisteredData = { key: fromHex(key), kind, owner, member, since };
  return { type: 'keys.registered', data };
}

/** @param until height */
export function keyRetired(key: string, until: number): LedgerEvent {
  const data: RetiredData = { key: fromHex(key), until };
  return { type: 'keys.retired', data };
}

/** @param key 64 hex digits; undefined if it never was anyone's */
export function readKey(state: StateView, key: string): RegisteredKey | undefined {
  const data = readRecord<KeyData>(state, stateKeys.key(key));
  return data && ({ ...data, key } as RegisteredKey);
}

/** Every key of this kind that the owner ever had, pending ones included, the first one first. */
export function readKeysOf(
  state: StateView,
  kind: RegisteredKeyKind,
  owner: string,
): readonly RegisteredKey[] {
  const keys = readRecord<readonly Uint8Array[]>(state, stateKeys.keysOf(kind, owner)) ?? [];
  return keys.map((bytes) => {
    const key = readKey(state, toHex(bytes));
    assert(key !== undefined, `key ${toHex(bytes)} of ${owner} is registered`);
    return key;
  });
}

/**
 * From protocol 3 on a suspected key decides nothing: with the stolen key of one admin a thief would else take the place
 * of the other one. The same forms and decisions, of identities whose key is not suspected: other admins of the member
 * act, or the members by their ballots.
 */
export function unlessSuspected(
  actions: LedgerModule['actions'],
  decide: LedgerModule['decide'],
): readonly Revision[] {
  const revised: Revision['decide'] = (state, context, action, args) => {
    const { id } = context.identity;
    const key = readKeysOf(state, 'identity', id).findLast(({ until }) => until === undefined);
    return key?.suspected === undefined
      ? decide(state, context, action, args)
      : refused({ code: 'key-suspected', facts: { key: key.key, owner: id } });
  };
  return [{ since: 3, actions, decide: revised }];
}

/** Why the key cannot be registered for this, if so: it was registered before, or who asks does not hold it. */
export function keyFault(
  state: StateView,
  { network, verifySignature = verifyNoble }: CommandContext,
  claim: KeyClaim,
  possession: Uint8Array,
): DecidedRejection | undefined {
  const { key, owner } = claim;
  const known = readKey(state, key);
  if (known !== undefined) return { code: 'key-in-use', facts: { key, owner: known.owner } };
  if (verifySignature(fromHex(key), possessionSigningBytes(network, claim), possession)) return undefined;
  return { code: 'possession-invalid', facts: { key, owner } };
}
