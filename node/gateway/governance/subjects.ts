/**
 * What an action is about, and how to read it before and after: of a change of the epoch, in the epoch that the
 * proposal leads to; of all else, in state.
 */
import { jsonOfCbor } from '../../../shared/api/json-of-ledger.ts';
import { toHex } from '../../../shared/codec/hex.ts';
import type { Digest } from '../../../shared/types/brands.ts';
import type { Membership } from '../../../shared/types/epochs.ts';
import { type ActionKind, type GovernedAction, neededOf } from '../../../shared/types/governance.ts';
import type { LedgerEvent } from '../../../shared/types/ledger.ts';
import { readIds } from '../../ledger/id-index.ts';
import { pendingActivation, readActivation } from '../../ledger/modules/activation-records.ts';
import { countedMembers, effectiveThresholds } from '../../ledger/modules/consent.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { readIdentity } from '../../ledger/modules/identities.ts';
import { readKey } from '../../ledger/modules/keys.ts';
import { readMember } from '../../ledger/modules/members.ts';
import { readObserver } from '../../ledger/modules/observers.ts';
import { erasedBy, readPayload } from '../../ledger/modules/payloads.ts';
import { nextMembership } from '../../ledger/modules/readiness.ts';
import { readSchema } from '../../ledger/modules/schemas.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { StateView } from '../../ledger/types.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';

type Facts = { readonly [name: string]: unknown };
type Args = GovernedAction['args'];

export interface Subject {
  /** Such as `validator delta`. */
  readonly name: string;
  /** Of this proposal's point of view; undefined if there is no such thing. */
  read(state: StateView, proposal: number): Facts | undefined;
}

/** The epoch that follows from what the proposal changes: the present one if it changes none. */
export function plannedMembership(state: StateView, proposal: number): Membership {
  const current = readMembership(state);
  const pending = pendingActivation(state);
  const isOwn = pending !== undefined && 'proposal' in pending.cause && pending.cause.proposal === proposal;
  return isOwn ? nextMembership(current, pending) : current;
}

const member = (id: string): Subject => ({
  name: `member ${id}`,
  read: (state) => {
    const found = readMember(state, id);
    const admins = readIds(state, stateKeys.admins(id));
    return (
      found && {
        name: found.name,
        status: found.status,
        // With their keys: who admits a member admits whoever holds them.
        admins: Object.fromEntries(admins.map((admin) => [admin, readIdentity(state, admin)?.key])),
      }
    );
  },
});

const validator = (id: string): Subject => ({
  name: `validator ${id}`,
  read: (state, proposal) => {
    const found = plannedMembership(state, proposal).validators.find((one) => one.id === id);
    return found && { ...found };
  },
});

const identity = (id: string): Subject => ({
  name: `identity ${id}`,
  read: (state) => {
    const found = readIdentity(state, id);
    return found && { ...found };
  },
});

const observer = (id: string): Subject => ({
  name: `observer ${id}`,
  read: (state) => {
    const found = readObserver(state, id);
    return found && { ...found };
  },
});

const parameters = (names: readonly string[]): Subject => ({
  name: 'parameters',
  read: (state, proposal) => {
    const values: Facts = { ...plannedMembership(state, proposal).parameters };
    return Object.fromEntries(names.map((name) => [name, values[name]]));
  },
});

const protocol: Subject = {
  name: 'protocol',
  read: (state, proposal) => ({ version: plannedMembership(state, proposal).protocol }),
};

const threshold = (kind: ActionKind): Subject => ({
  name: `threshold of ${kind}`,
  read: (state) => {
    const share = effectiveThresholds(state)[kind];
    const members = countedMembers(state).length;
    return { more: share.more, needed: neededOf(members, share), members };
  },
});

const key = (hex: string): Subject => ({
  name: `key ${hex}`,
  read: (state) => {
    const found = readKey(state, hex);
    return found && { kind: found.kind, owner: found.owner, suspected: found.suspected };
  },
});

const activation = (number: number): Subject => ({
  name: `activation ${number}`,
  read: (state) => {
    const found = readActivation(state, number);
    return found && { status: found.status, ...(found.at !== undefined && { at: found.at }) };
  },
});

const schema = (stream: string): Subject => ({
  name: `schema of ${stream}`,
  read: (state) => {
    const found = readSchema(state, stream);
    return found && { since: found.since, schema: jsonOfCbor(found.schema) };
  },
});

const payloads = (digests: readonly Digest[]): Subject => ({
  name: digests.length === 1 ? `payload ${digests[0]}` : countOf(digests.length, 'payload'),
  read: (state) => {
    const found = digests.flatMap((digest) => readPayload(state, digest) ?? []);
    return {
      payloads: found.map(({ digest, stream, eventId, size, erased }) => ({
        digest,
        stream,
        eventId,
        size,
        isErased: erased !== undefined,
      })),
    };
  },
});

const text = (args: Args, name: string): string => String(args[name]);

const subjects: { readonly [Kind in ActionKind]?: (args: Args) => Subject } = {
  'members.add': (args) => member(text(args, 'id')),
  'members.remove': (args) => member(text(args, 'member')),
  'members.suspend': (args) => member(text(args, 'member')),
  'members.restore': (args) => member(text(args, 'member')),
  'validators.add': (args) => validator(text(args, 'id')),
  'validators.remove': (args) => validator(text(args, 'id')),
  'validators.replace-consensus-key': (args) => validator(text(args, 'id')),
  'validators.replace-node-key': (args) => validator(text(args, 'id')),
  'validators.set-address': (args) => validator(text(args, 'id')),
  'validators.register-incarnation': (args) => validator(text(args, 'id')),
  'identities.grant': (args) => identity(text(args, 'identity')),
  'identities.revoke-role': (args) => identity(text(args, 'identity')),
  'identities.replace-key': (args) => identity(text(args, 'identity')),
  'parameters.set': ({ set }) => parameters(Object.keys(set as Facts)),
  'protocol.raise': () => protocol,
  'thresholds.set': (args) => threshold(args.kind as ActionKind),
  'observers.add': (args) => observer(text(args, 'id')),
  'observers.remove': (args) => observer(text(args, 'id')),
  'schemas.set': (args) => schema(text(args, 'stream')),
  'payloads.erase': ({ digests }) =>
    payloads((digests as readonly Uint8Array[]).map((digest) => toHex(digest) as Digest)),
  'keys.suspect': (args) => key(toHex(args.key as Uint8Array)),
  'activation.withdraw': (args) => activation(args.activation as number),
};

/**
 * The arguments passed the form of their kind.
 * @param events what the action comes to, where that is known: an erasure takes with it what was granted
 */
export function subjectOfAction(
  { kind, args }: GovernedAction,
  events: readonly LedgerEvent[] = [],
): Subject {
  const erased = events.flatMap(erasedBy);
  if (erased.length > 0) return payloads(erased);
  return subjects[kind]?.(args) ?? { name: kind, read: () => undefined };
}
