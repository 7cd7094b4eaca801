/** Proposals as answers have them. */
import type { ProposalRowJson } from '../../../shared/api.ts';
import { countsNow, isReached, recounts, tallyOf } from '../../ledger/modules/consent.ts';
import { activeMembers } from '../../ledger/modules/members.ts';
import type { Proposal } from '../../ledger/modules/proposals.ts';
import type { StateView } from '../../ledger/types.ts';
import { refusalJson } from './plan.ts';

/** Neither expiry, judged by block time, nor ballots that count no more leave a trace in state. */
export function proposalStatus(
  state: StateView,
  { status, expiresAt, actions, ballots }: Pick<Proposal, 'status' | 'expiresAt' | 'actions' | 'ballots'>,
  time: number,
): ProposalRowJson['status'] {
  if (isWaiting(status) && expiresAt <= time) return 'expired';
  const isShort = status === 'accepted' && recounts(state) && !isReached(tallyOf(state, actions, ballots));
  return isShort ? 'open' : status;
}

/** For ballots, or for its execution. */
export const isWaiting = (status: ProposalRowJson['status']): boolean =>
  status === 'open' || status === 'accepted';

/** @param time block time that the next block has at least, milliseconds since 1970 */
export function proposalRow(state: StateView, proposal: Proposal, time: number): ProposalRowJson {
  const { number, proposer, member, reason, actions, createdAt, expiresAt, basis, end, refusal } = proposal;
  const status = proposalStatus(state, proposal, time);
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
  const ballots = Object.entries(cast).map(([member, ballot]) => ({
    member,
    ...ballot,
    ...(waits && { counts: countsNow(state, member, ballot) }),
  }));
  const approving = ballots.filter(({ approve }) => approve);
  if (!waits) return { ballots, approvals: approving.length };
  const { approvals, needed } = tallyOf(state, actions, cast);
  const active = activeMembers(state).map(({ id }) => id as string);
  return { ballots, approvals, needed, missing: active.filter((id) => cast[id] === undefined) };
}
