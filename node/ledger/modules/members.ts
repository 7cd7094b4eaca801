/** Organisations of the consortium. They change by ballots alone; those of genesis are active from the start. */
import type { MemberId } from '../../../shared/types/brands.ts';
import type { LedgerEvent } from '../../../shared/types/ledger.ts';
import { assert } from '../assert.ts';
import { addId, readIds } from '../id-index.ts';
import { readRecord, writeRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { LedgerModule, StateChanges, StateView } from '../types.ts';

export interface Member {
  readonly id: MemberId;
  readonly name: string;
  /** A suspended member's identities are refused and its ballots do not count; a removed one never returns. */
  readonly status: 'active' | 'suspended' | 'removed';
}

type AddedData = { readonly id: string; readonly name: string };
type MemberData = AddedData & { readonly status: string };
export type MemberChangedData = { readonly member: string };

export const membersModule: LedgerModule = {
  name: 'members',
  actions: {},
  decide: (_state, _context, action) => {
    throw new Error(`Ledger invariant violated: members owns no action, asked for ${action}`);
  },
  evolve: evolveMembers,
};

const statusAfter: { readonly [type: string]: Member['status'] } = {
  'members.suspended': 'suspended',
  'members.restored': 'active',
  'members.removed': 'removed',
};

function evolveMembers(state: StateChanges, event: LedgerEvent): void {
  if (event.type === 'members.added') add(state, event.data as AddedData);
  else change(state, event);
}

function add(state: StateChanges, { id, name }: AddedData): void {
  writeRecord(state, stateKeys.member(id), { id, name, status: 'active' });
  addId(state, stateKeys.members, id);
}

function change(state: StateChanges, event: LedgerEvent): void {
  const status = statusAfter[event.type];
  assert(status !== undefined, `members knows no event ${event.type}`);
  const key = stateKeys.member((event.data as MemberChangedData).member);
  const before = readRecord<MemberData>(state, key);
  assert(before !== undefined, 'a member that changes is in state');
  writeRecord(state, key, { ...before, status });
}

export function memberAdded(data: AddedData): LedgerEvent {
  return { type: 'members.added', data };
}

export function readMember(state: StateView, id: string): Member | undefined {
  return readRecord<MemberData>(state, stateKeys.member(id)) as Member | undefined;
}

/** All there ever were, sorted by id. */
export function readMembers(state: StateView): readonly Member[] {
  return readIds(state, stateKeys.members).map((id) => {
    const member = readMember(state, id);
    assert(member !== undefined, `member ${id} of the index is in state`);
    return member;
  });
}

/** Those whose ballots count. */
export function activeMembers(state: StateView): readonly Member[] {
  return readMembers(state).filter(({ status }) => status === 'active');
}

/** Active or suspended. */
export function standingMembers(state: StateView): readonly Member[] {
  return readMembers(state).filter(({ status }) => status !== 'removed');
}

/** Why nothing new can be given to this member, if so. */
export function memberFault(state: StateView, id: string): DecidedRejection | undefined {
  const member = readMember(state, id);
  if (member === undefined) return { code: 'unknown-member', facts: { member: id } };
  if (member.status === 'active') return undefined;
  return { code: 'member-not-active', facts: { member: id, status: member.status } };
}
