/**
 * Whom a payload is encrypted for. A gateway that named other keys could read what it was never meant to: keys, status
 * and membership are taken from proofs of state alone, and a member's identities are listed from there, too, so that
 * nobody is slipped in or left out.
 */
import { decode } from '../codec/dag-cbor.ts';
import { toHex } from '../codec/hex.ts';
import { identityIdPattern, memberIdPattern, recipientsMax } from '../codec/ids.ts';
import { type CborMap, isCborMap } from '../codec/structure.ts';
import type { IdentityId } from '../types/brands.ts';
import type { CborValue } from '../types/ledger.ts';
import { ClientError } from './client-error.ts';
import type { ProveState } from './proven-state.ts';

export interface Recipient {
  readonly identity: IdentityId;
  /** X25519 public key, 64 hex digits. */
  readonly encryptionKey: string;
}

export interface ProvenRecipients {
  /** Each identity once, sorted by id. */
  readonly recipients: readonly Recipient[];
  /** Of the oldest proof among them: height and block time in milliseconds since 1970. */
  readonly asOf: { readonly height: number; readonly time: number };
}

/** `member:ID` stands for all active identities of a member that have an encryption key. */
export const memberPrefix = 'member:';
/** Identities that a member ever had, up to which it is taken as a whole: each is a proof. */
const identitiesMax = 256;

/**
 * @param names identity ids, or `member:ID`
 * @throws ClientError `recipients-missing`, `too-many-recipients`, `recipient-unknown`, `recipient-not-active`,
 *   `recipient-without-key`, and what a proof lacks
 */
export async function recipientsOf(names: readonly string[], prove: ProveState): Promise<ProvenRecipients> {
  const reader = createReader(prove);
  const found = new Map<string, Recipient>();
  for (const name of new Set(names)) {
    const recipients = name.startsWith(memberPrefix)
      ? await ofMember(reader, name.slice(memberPrefix.length))
      : [await ofIdentity(reader, name)];
    for (const recipient of recipients) found.set(recipient.identity, recipient);
  }
  if (found.size > recipientsMax) throw tooManyRecipients(found.size);
  const { asOf } = reader;
  if (asOf === undefined) throw nobodyNamed();
  return { recipients: [...found.keys()].sort().map((id) => found.get(id)!), asOf };
}

interface Reader {
  /** undefined: it is proven that there is none. */
  read(key: string): Promise<CborValue | undefined>;
  /** Of the oldest proof so far. */
  readonly asOf: ProvenRecipients['asOf'] | undefined;
}

/** Each key is proven once. */
function createReader(prove: ProveState): Reader {
  const known = new Map<string, CborValue | undefined>();
  let asOf: ProvenRecipients['asOf'] | undefined;
  return {
    get asOf() {
      return asOf;
    },
    async read(key) {
      if (known.has(key)) return known.get(key);
      const { value, height, time } = await prove(key);
      if (asOf === undefined || height < asOf.height) asOf = { height, time };
      const decoded = value === undefined ? undefined : decode(value);
      known.set(key, decoded);
      return decoded;
    },
  };
}

interface IdentityRecord {
  readonly member: string;
  readonly status: string;
  readonly encryptionKey?: string;
}

async function ofIdentity(reader: Reader, id: string): Promise<Recipient> {
  const record = identityIdPattern.test(id) ? await identityRecord(reader, id) : undefined;
  if (record === undefined) throw unknown(id, `No identity is called ${id}.`);
  const { member, status, encryptionKey } = record;
  if (status !== 'active') throw notActive(id, status);
  await requireActive(reader, member);
  if (encryptionKey === undefined) throw withoutKey(id);
  return { identity: id as IdentityId, encryptionKey };
}

async function ofMember(reader: Reader, member: string): Promise<readonly Recipient[]> {
  await requireActive(reader, member);
  const count = await reader.read(`identities/of/${member}`);
  if (typeof count === 'number' && count > identitiesMax) throw tooManyRecipients(count);
  const recipients: Recipient[] = [];
  for (let number = 0; number < Number(count ?? 0); number++) {
    const id = await reader.read(`identities/of/${member}/${number}`);
    const record = typeof id === 'string' ? await identityRecord(reader, id) : undefined;
    if (record?.status === 'active' && record.encryptionKey !== undefined)
      recipients.push({ identity: id as IdentityId, encryptionKey: record.encryptionKey });
  }
  if (recipients.length === 0) throw withoutKey(memberPrefix + member);
  return recipients;
}

async function identityRecord(reader: Reader, id: string): Promise<IdentityRecord | undefined> {
  const key = `identities/by-id/${id}`;
  const value = await reader.read(key);
  if (value === undefined) return undefined;
  const { member, status, encryptionKey } = mapOf(key, value);
  if (typeof member !== 'string' || typeof status !== 'string') throw unreadable(key);
  if (encryptionKey === undefined) return { member, status };
  if (!(encryptionKey instanceof Uint8Array)) throw unreadable(key);
  return { member, status, encryptionKey: toHex(encryptionKey) };
}

async function requireActive(reader: Reader, member: string): Promise<void> {
  const key = `network/members/${member}`;
  const value = memberIdPattern.test(member) ? await reader.read(key) : undefined;
  if (value === undefined) throw unknown(memberPrefix + member, `No member is called ${member}.`);
  const { status } = mapOf(key, value);
  if (typeof status !== 'string') throw unreadable(key);
  if (status !== 'active') throw notActive(memberPrefix + member, status);
}

function mapOf(key: string, value: CborValue): CborMap {
  if (isCborMap(value)) return value;
  throw unreadable(key);
}

/** Certified, and yet not what this version knows of state. */
const unreadable = (key: string): ClientError =>
  new ClientError(
    'invalid-answer',
    'A record of the state does not have the form that this version expects.',
    { key },
    'Use the version of concordat that the network runs.',
  );

export const nobodyNamed = (): ClientError =>
  new ClientError(
    'recipients-missing',
    'Nobody is named who may read it.',
    {},
    'Name an identity, or a member as member:ID.',
  );

export const tooManyRecipients = (count: number): ClientError =>
  new ClientError(
    'too-many-recipients',
    `A payload has at most ${recipientsMax} recipients.`,
    { recipients: count, max: recipientsMax },
    'Name fewer, and let a recipient grant the others.',
  );

const unknown = (recipient: string, headline: string): ClientError =>
  new ClientError(
    'recipient-unknown',
    headline,
    { recipient },
    'See `identity list` and `member list` for who is there.',
  );

const notActive = (recipient: string, status: string): ClientError =>
  new ClientError(
    'recipient-not-active',
    `${recipient} is not active.`,
    { recipient, status },
    'Leave it out: it could not be relied on to keep a secret, nor read one here.',
  );

const withoutKey = (recipient: string): ClientError =>
  new ClientError(
    'recipient-without-key',
    `${recipient} has no encryption key.`,
    { recipient },
    'Let it register one with `keys create --kind encryption` and `identity encryption-key`.',
  );
