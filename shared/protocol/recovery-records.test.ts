import { expect, test } from 'vitest';
import { encode } from '../codec/dag-cbor.ts';
import type { CborMap } from '../codec/structure.ts';
import {
  keyDigest,
  type NodePath,
  proveKey,
  type TreeNode,
  updateTree,
  valueDigest,
} from '../crypto/sparse-merkle-tree.ts';
import type { CborValue, Header } from '../types/ledger.ts';
import { proveRecords, recoveryKeys } from './recovery-records.ts';

/** All of them in the state of one block, each with its proof. */
function proven(values: CborMap) {
  const records = Object.entries(values).map(([key, value]) => ({ key, value: encode(value as CborValue) }));
  const { nodes, root } = updateTree(
    () => undefined,
    records.map(({ key, value }) => [keyDigest(key), valueDigest(value)]),
  );
  const getNode = (path: NodePath): TreeNode | undefined => nodes.get(path);
  return proveRecords(
    { state: root } as Header,
    records.map((record) => ({ ...record, proof: proveKey(getNode, keyDigest(record.key)) })),
  );
}

const threshold = { [recoveryKeys.threshold]: { more: [1, 2] } };
const member = (listed: string, id = listed) => ({
  ...threshold,
  [recoveryKeys.members]: [listed],
  [recoveryKeys.member(listed)]: { id, status: 'active' },
});

test('a member in state counts when its record is its own', () => {
  expect(proven(member('m1'))).toMatchObject({ activeMembers: new Set(['m1']) });
});

test.each([
  ['no member id', member('M D'), 'network/members/M D.id'],
  [
    'no member id though it is not active',
    { ...member('M D'), [recoveryKeys.member('M D')]: { id: 'M D', status: 'suspended' } },
    'network/members/M D.id',
  ],
])('a member that is listed with %s is refused', (_, values, path) => {
  expect(() => proven(values)).toThrow(expect.objectContaining({ facts: expect.objectContaining({ path }) }));
});

test('the record of another member is refused', () => {
  expect(proven(member('m1', 'm2'))).toMatchObject({ ok: false, expected: 'the record of m1', actual: 'm2' });
});
