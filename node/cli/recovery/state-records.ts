/** Records of members and admins with their proofs, as a recovery certificate carries them. */
import { keyDigest, proveKey } from '../../../shared/crypto/sparse-merkle-tree.ts';
import { recoveryKeys } from '../../../shared/protocol/recovery-records.ts';
import type { RecoveryRecord } from '../../../shared/types/recovery.ts';
import { readIds } from '../../ledger/id-index.ts';
import { activeMembers, readMembers } from '../../ledger/modules/members.ts';
import { stateKeys } from '../../ledger/state-keys.ts';
import type { StateView, TreeView } from '../../ledger/types.ts';

/** Sorted by key: the threshold, every member, and every admin of an active one. */
export function recoveryRecords(state: StateView & TreeView): readonly RecoveryRecord[] {
  const members = readMembers(state).map(({ id }) => recoveryKeys.member(id));
  const admins = activeMembers(state).flatMap(({ id }) =>
    readIds(state, stateKeys.admins(id)).map(recoveryKeys.identity),
  );
  return [recoveryKeys.threshold, recoveryKeys.members, ...members, ...admins]
    .sort()
    .map((key) => recordOf(state, key));
}

function recordOf(state: StateView & TreeView, key: string): RecoveryRecord {
  const value = state.get(key);
  if (value === undefined) throw new Error(`State has no ${key}`);
  const { siblings } = proveKey((path) => state.getNode(path), keyDigest(key));
  return { key, value, proof: { siblings } };
}
