/**
 * Whom a decision asks, and who has agreed. From protocol 3 on nobody who is asked can be made to count no more by those
 * who want the decision: a suspended member stays one of those who are counted, and approves of nothing.
 */
import {
  foundationsSince,
  type GovernedAction,
  neededOf,
  type Thresholds,
  thresholdsInForce,
} from '../../../shared/types/governance.ts';
import type { StateView } from '../types.ts';
import { readIdentity } from './identities.ts';
import { readKeysOf } from './keys.ts';
import { activeMembers, type Member, readMember, standingMembers } from './members.ts';
import { readProtocol } from './network.ts';
import type { Ballot } from './proposals.ts';
import { readThresholds } from './thresholds.ts';

export type Tally = {
  readonly approvals: number;
  readonly needed: number;
  /** Of so many. */
  readonly members: number;
};

/** What each kind of action needs, by the rules in force. */
export const effectiveThresholds = (state: StateView): Thresholds =>
  thresholdsInForce(readProtocol(state), readThresholds(state));

/** Whether an accepted proposal goes on needing its ballots: before protocol 3 it was counted once. */
export const recounts = (state: StateView): boolean => readProtocol(state) >= foundationsSince;

/** Those of whom a threshold is a part. */
export function countedMembers(state: StateView): readonly Member[] {
  return recounts(state) ? standingMembers(state) : activeMembers(state);
}

/** By the members, thresholds and keys of this state. Without ballots: what it would take. */
export function tallyOf(
  state: StateView,
  actions: readonly GovernedAction[],
  ballots: { readonly [member: string]: Ballot } = {},
): Tally {
  const members = countedMembers(state).length;
  const thresholds = effectiveThresholds(state);
  const needed = Math.max(...actions.map(({ kind }) => neededOf(members, thresholds[kind])));
  const approvals = Object.entries(ballots).filter(
    ([member, ballot]) => ballot.approve && countsNow(state, member, ballot),
  ).length;
  return { approvals, needed, members };
}

/** Whether the ballot of this member counts as things are now. */
export const countsNow = (state: StateView, member: string, ballot: Ballot): boolean =>
  readMember(state, member)?.status === 'active' && stands(state, member, ballot);

export const isReached = ({ approvals, needed }: Tally): boolean => approvals >= needed;

/** Whether it still speaks for the member: cast by who is its admin today, with a key that nobody suspects today. */
function stands(state: StateView, member: string, { identity: id, height }: Ballot): boolean {
  if (!recounts(state)) return true;
  const identity = readIdentity(state, id);
  if (identity?.member !== member || identity.status !== 'active' || !identity.roles.includes('admin'))
    return false;
  // In the block that replaces a key either may have cast it.
  const keys = readKeysOf(state, 'identity', id).filter(
    ({ since, until }) => since <= height && (until === undefined || until >= height),
  );
  return keys.every(({ suspected }) => suspected === undefined);
}
