/** Proposals as answers have them. */
import type { ProposalRowJson } from '../../../shared/api.ts';
import { activeMembers } from '../../ledger/modules/members.ts';
import type { Proposal } from '../../ledger/modules/proposals.ts';
import { neededFor } from '../../ledger/modules/thresholds.ts';
import type { StateView } from '../../ledger/types.ts';
import { refusalJson } from './plan.ts';

/** Expiry is judged by block time and leaves no trace in state. */
export function proposalStatus(
  { status, expiresAt }: Pick<Proposal, 'status' | 'expiresAt'>,
  time: number,
): ProposalRowJson['status'] {
  return isWaiting(status) && expiresAt <= time ? 'expired' : status;
}

/** For ballots, or for its execution. */
export const isWaiting = (status: ProposalRowJson['status']): boolean =>
  status === 'open' || status === 'accepted';

/** @param time block time that the next block has at least, milliseconds since 1970 */
export function proposalRow(state: StateView, proposal: Proposal, time: number): ProposalRowJson {
  const { number, proposer, member, reason, actions, createdAt, expiresAt, basis, end, refusal } = proposal;
  const status = proposalStatus(proposal, time);
  return {
    number,
    proposer,
    member,
    reason,
    kinds: [...new Set(actions.map(({ kind }) => kind))],
    createdAt,
    expiresAt,
    basis,
    status,
    ...ballotsOf(state, proposal, isWaiting(status)),
    ...(refusal === undefined ? {} : { refusal: refusalJson(refusal.index, refusal.kind, refusal) }),
    ...(end === undefined ? {} : { end }),
  };
}

type Ballots = Pick<ProposalRowJson, 'ballots' | 'approvals' | 'needed' | 'missing'>;

function ballotsOf(state: StateView, { ballots: cast, actions }: Proposal, waits: boolean): Ballots {
  const ballots = Object.entries(cast).map(([member, ballot]) => ({ member, ...ballot }));
  const approving = ballots.filter(({ approve }) => approve);
  if (!waits) return { ballots, approvals: approving.length };
  const active = activeMembers(state).map(({ id }) => id as string);
  return {
    ballots,
    approvals: approving.filter(({ member }) => active.includes(member)).length,
    needed: neededFor(state, active.length, actions),
    missing: active.filter((id) => cast[id] === undefined),
  };
}
