/** What the state of the last certified block says of members and admins, as a recovery certificate proves it. */
import { CodecError } from '../codec/codec-error.ts';
import { decode } from '../codec/dag-cbor.ts';
import { toHex } from '../codec/hex.ts';
import { identityIdPattern, memberIdPattern, validatorsMax } from '../codec/ids.ts';
import {
  type CborMap,
  listOf,
  mapOf,
  readBytes,
  readList,
  readPattern,
  readText,
  textOf,
} from '../codec/structure.ts';
import { keyDigest, valueDigest, verifySparseProof } from '../crypto/sparse-merkle-tree.ts';
import type { IdentityId, MemberId, PublicKey } from '../types/brands.ts';
import { type Threshold, thresholdPartsMax } from '../types/governance.ts';
import type { CborValue, Header } from '../types/ledger.ts';
import type { RecoveryRecord } from '../types/recovery.ts';
import { type Check, failed } from './checks.ts';

/** Names in state (node/ledger/state-keys.ts; a test compares them). */
export const recoveryKeys = {
  threshold: 'governance/recovery',
  members: 'network/members',
  member: (id: string): string => `network/members/${id}`,
  identity: (id: string): string => `identities/by-id/${id}`,
} as const;

export interface ProvenAdmin {
  readonly member: MemberId;
  readonly key: PublicKey;
  readonly isAdmin: boolean;
}

export interface ProvenRecords {
  /** Fixed at genesis for a recovery alone. */
  readonly threshold: Threshold;
  readonly activeMembers: ReadonlySet<MemberId>;
  readonly identities: ReadonlyMap<IdentityId, ProvenAdmin>;
}

/** Every record is in the state of the block; the check that failed otherwise. Throws CodecError. */
export const proveRecords = (
  { state }: Header,
  records: readonly RecoveryRecord[],
): ProvenRecords | Check => {
  const values = new Map<string, CborValue>();
  for (const { key, value, proof } of records) {
    if (!verifySparseProof(state, keyDigest(key), valueDigest(value), proof))
      return failed('history', 'recovery-record', { expected: `${key} in state`, actual: 'not proven' });
    values.set(key, decode(value));
  }
  const missing = (key: string): Check =>
    failed('history', 'recovery-record', { expected: key, actual: 'nothing' });
  const [share, index] = [values.get(recoveryKeys.threshold), values.get(recoveryKeys.members)];
  if (share === undefined) return missing(recoveryKeys.threshold);
  if (index === undefined) return missing(recoveryKeys.members);
  const activeMembers = new Set<MemberId>();
  const expected = new Set<string>([recoveryKeys.threshold, recoveryKeys.members]);
  for (const [i, id] of listOf(index, recoveryKeys.members, validatorsMax).entries()) {
    const key = recoveryKeys.member(textOf(id, `${recoveryKeys.members}[${i}]`));
    const record = values.get(key);
    if (record === undefined) return missing(key);
    const member = mapOf(record, key);
    const named = readPattern<MemberId>(member, 'id', key, memberIdPattern);
    if (recoveryKeys.member(named) !== key)
      return failed('history', 'recovery-record', { expected: `the record of ${id}`, actual: named });
    if (readText(member, 'status', key) === 'active') activeMembers.add(named);
    expected.add(key);
  }
  const identities = new Map<IdentityId, ProvenAdmin>();
  for (const [key, value] of values) {
    if (expected.has(key)) continue;
    const record = mapOf(value, key);
    const id = readPattern<IdentityId>(record, 'id', key, identityIdPattern);
    if (key !== recoveryKeys.identity(id))
      return failed('history', 'recovery-record', { expected: 'records of members and admins', actual: key });
    identities.set(id, adminOf(record, key));
  }
  return { threshold: thresholdOf(share), activeMembers, identities };
};

const adminOf = (record: CborMap, key: string): ProvenAdmin => ({
  member: readPattern<MemberId>(record, 'member', key, memberIdPattern),
  key: toHex(readBytes(record, 'key', key, 32)) as PublicKey,
  isAdmin:
    readText(record, 'status', key) === 'active' &&
    readList(record, 'roles', key, 16).some((role, i) => textOf(role, `${key}.roles[${i}]`) === 'admin'),
});

const thresholdOf = (value: CborValue): Threshold => {
  const path = recoveryKeys.threshold;
  const [part, of, ...rest] = readList(mapOf(value, path), 'more', path, 2);
  const isShare =
    typeof part === 'number' &&
    typeof of === 'number' &&
    rest.length === 0 &&
    0 <= part &&
    part < of &&
    of <= thresholdPartsMax;
  if (!isShare) throw new CodecError('wrong-value', { path, expected: 'a part of equal parts' });
  return { more: [part, of] };
};
