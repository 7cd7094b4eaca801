/**
 * Proposals and ballots: members decide together, by their admins, one ballot each. A proposal is executed whole by
 * the ballot that reaches its threshold, or, if something stood in the way then, when an admin tries again.
 */

import { isCborMap } from '../../../shared/codec/structure.ts';
import type { ActionKind, GovernedAction } from '../../../shared/types/governance.ts';
import type { CborValue, LedgerEvent } from '../../../shared/types/ledger.ts';
import { reason } from '../common-forms.ts';
import { decided, refused } from '../decision.ts';
import { anything, argsForm, type FormCheck, fields, integer, list, oneOf, trueOrFalse } from '../form.ts';
import { limits } from '../limits.ts';
import { readRecord } from '../records.ts';
import type { DecidedRejection } from '../rejections.ts';
import { stateKeys } from '../state-keys.ts';
import type { CommandContext, Decision, GovernedContext, LedgerModule, StateView } from '../types.ts';
import type { ActivationApproved } from './activation-records.ts';
import { isReached, type Tally, tallyOf } from './consent.ts';
import { governedActions } from './governed.ts';
import { unlessSuspected } from './keys.ts';
import { type Plan, planActions, planProposal } from './plan.ts';
import {
  type AcceptedData,
  type Ballot,
  type ClosedData,
  evolveGovernance,
  openProposals,
  type Proposal,
  type ProposalEnd,
  type ProposedData,
  proposalCount,
  type RefusedData,
  readProposal,
  type VotedData,
} from './proposals.ts';
import { requireAdmin } from './roles.ts';

type ProposeArgs = {
  readonly actions: readonly GovernedAction[];
  readonly reason: string;
  readonly expiresAt: number;
};
type VoteArgs = { readonly proposal: number; readonly approve: boolean };
type NumberArgs = { readonly proposal: number };

const number = integer(0, Number.MAX_SAFE_INTEGER);
const kinds = oneOf(Object.keys(governedActions));

const forms: LedgerModule['actions'] = {
  'governance.propose': argsForm(
    fields({
      actions: list(governedAction, 1, limits.actionsPerProposalMax),
      reason,
      expiresAt: integer(0, Number.MAX_SAFE_INTEGER),
    }),
  ),
  'governance.vote': argsForm(fields({ proposal: number, approve: trueOrFalse })),
  'governance.withdraw': argsForm(fields({ proposal: number })),
  'governance.execute': argsForm(fields({ proposal: number })),
};

export const governanceModule: LedgerModule = {
  name: 'governance',
  actions: forms,
  revisions: unlessSuspected(forms, decideByPresentBallots),
  decide: decideGovernance,
  evolve: evolveGovernance,
};

/** {kind, args}, the arguments in the form of the kind. */
function governedAction(value: CborValue): ReturnType<FormCheck> {
  const form = isCborMap(value) ? formOf(value.kind) : undefined;
  return fields({ kind: kinds, args: form ?? anything })(value);
}

function formOf(kind: CborValue | undefined): FormCheck | undefined {
  const isKnown = typeof kind === 'string' && Object.hasOwn(governedActions, kind);
  return isKnown ? governedActions[kind as ActionKind]?.form : undefined;
}

function decideGovernance(
  state: StateView,
  context: CommandContext,
  action: string,
  args: CborValue,
): Decision {
  const missing = requireAdmin(context);
  if (missing !== undefined) return refused(missing);
  switch (action) {
    case 'governance.propose':
      return propose(state, context, args as ProposeArgs);
    case 'governance.vote':
      return vote(state, context, args as VoteArgs);
    case 'governance.withdraw':
      return withdraw(state, context, args as NumberArgs);
    case 'governance.execute':
      return execute(state, context, args as NumberArgs);
    default:
      throw new Error(`Ledger invariant violated: governance owns no action ${action}`);
  }
}

/** From protocol 3 on: an accepted proposal goes on needing its ballots, and takes others. */
function decideByPresentBallots(
  state: StateView,
  context: CommandContext,
  action: string,
  args: CborValue,
): Decision {
  const missing = requireAdmin(context);
  if (missing !== undefined) return refused(missing);
  if (action === 'governance.vote') return voteAgain(state, context, args as VoteArgs);
  if (action === 'governance.execute') return executeCounted(state, context, args as NumberArgs);
  return decideGovernance(state, context, action, args);
}

/** It must be possible now; it is its member's ballot, too, which may be the deciding one. */
function propose(state: StateView, context: CommandContext, args: ProposeArgs): Decision {
  const { identity, time, epoch } = context;
  const latest = time + limits.proposalLifetimeMsMax;
  if (args.expiresAt <= time || args.expiresAt > latest) {
    const facts = { expiresAt: args.expiresAt, after: time, latest };
    return refused({ code: 'expiry-out-of-range', facts });
  }
  const full = placesFault(state, context);
  if (full !== undefined) return refused(full);
  const pending = readRecord<number>(state, stateKeys.pendingActivation);
  const proposed: ProposedData = {
    ...args,
    number: proposalCount(state),
    proposer: identity.id,
    member: identity.member,
    createdAt: time,
    basis: { epoch, ...(pending === undefined ? {} : { pending }) },
  };
  const plan = planProposal(state, governedContext(context, proposed), args.actions);
  if (!plan.ok) return refused(planRefused(plan, args.actions));
  const proposal: Proposal = { ...proposed, status: 'open', ballots: {} };
  return decided(
    { type: 'governance.proposed', data: proposed },
    ...castBallot(state, context, proposal, true),
  );
}

/** So that nobody fills the list that people read, or the state. */
function placesFault(state: StateView, { identity, time }: CommandContext): DecidedRejection | undefined {
  const open = openProposals(state, time);
  const own = open.filter(({ member }) => member === identity.member).length;
  if (own >= limits.openProposalsPerMemberMax) {
    const facts = { of: identity.member, count: own, countMax: limits.openProposalsPerMemberMax };
    return { code: 'proposals-full', facts };
  }
  if (open.length < limits.openProposalsMax) return undefined;
  return {
    code: 'proposals-full',
    facts: { of: 'all', count: open.length, countMax: limits.openProposalsMax },
  };
}

function vote(state: StateView, context: CommandContext, args: VoteArgs): Decision {
  const found = liveProposal(state, context, args.proposal);
  if ('code' in found) return refused(found);
  if (found.status !== 'open') return refused(closed(found));
  return decided(...castBallot(state, context, found, args.approve));
}

/** A ballot against it is kept, and carries out nothing: others may have decided it without this member. */
function voteAgain(state: StateView, context: CommandContext, { proposal, approve }: VoteArgs): Decision {
  const found = liveProposal(state, context, proposal);
  if ('code' in found) return refused(found);
  if (approve) return decided(...castBallot(state, context, found, true));
  const { voted } = ballotOf(context, found, false);
  return decided({ type: 'governance.voted', data: voted });
}

/** Thresholds and members count as they are at this ballot. If it decides, the actions follow, or why they cannot. */
function castBallot(
  state: StateView,
  context: CommandContext,
  proposal: Proposal,
  approve: boolean,
): readonly LedgerEvent[] {
  const { ballots, voted } = ballotOf(context, proposal, approve);
  const tally = tallyOf(state, proposal.actions, ballots);
  if (!isReached(tally)) return [{ type: 'governance.voted', data: voted }];
  return [
    { type: 'governance.voted', data: voted },
    ...accepted(proposal, tally),
    ...carriedOut(state, context, proposal),
  ];
}

function ballotOf(
  { identity, height }: CommandContext,
  { number: proposal, ballots }: Proposal,
  approve: boolean,
): { readonly ballots: Proposal['ballots']; readonly voted: VotedData } {
  const ballot: Ballot = { approve, identity: identity.id, height };
  return {
    ballots: { ...ballots, [identity.member]: ballot },
    voted: { ...ballot, proposal, member: identity.member },
  };
}

/** Said once. */
function accepted({ number: proposal, status }: Proposal, tally: Tally): readonly LedgerEvent[] {
  const data: AcceptedData = { proposal, ...tally };
  return status === 'open' ? [{ type: 'governance.accepted', data }] : [];
}

function carriedOut(state: StateView, context: CommandContext, proposal: Proposal): readonly LedgerEvent[] {
  const plan = planActions(state, governedContext(context, proposal), proposal.actions);
  if (plan.ok) return [...plan.events, executed(proposal, context, plan)];
  const { index, rejection } = plan;
  const data: RefusedData = {
    proposal: proposal.number,
    index,
    kind: proposal.actions[index]!.kind,
    ...rejection,
  };
  return [{ type: 'governance.refused', data }];
}

function withdraw(state: StateView, context: CommandContext, args: NumberArgs): Decision {
  const found = liveProposal(state, context, args.proposal);
  if ('code' in found) return refused(found);
  const own = context.identity.member;
  if (found.member !== own) return refused({ code: 'not-own-member', facts: { member: found.member, own } });
  const data: ClosedData = { proposal: found.number, ...endOf(context) };
  return decided({ type: 'governance.withdrawn', data });
}

const endOf = ({ height, time, identity }: CommandContext): ProposalEnd => ({
  height,
  time,
  by: identity.id,
});

/** Tries again what the deciding ballot could not carry out. */
function execute(state: StateView, context: CommandContext, args: NumberArgs): Decision {
  const found = liveProposal(state, context, args.proposal);
  if ('code' in found) return refused(found);
  if (found.status === 'open')
    return refused({ code: 'proposal-not-accepted', facts: { proposal: found.number } });
  const plan = planActions(state, governedContext(context, found), found.actions);
  if (!plan.ok) return refused(planRefused(plan, found.actions));
  return decided(...plan.events, executed(found, context, plan));
}

/** By the ballots that stand now: members, thresholds and keys may be others than when it was accepted. */
function executeCounted(state: StateView, context: CommandContext, args: NumberArgs): Decision {
  const found = liveProposal(state, context, args.proposal);
  if ('code' in found) return refused(found);
  const tally = tallyOf(state, found.actions, found.ballots);
  if (!isReached(tally))
    return refused({ code: 'proposal-not-accepted', facts: { proposal: found.number, ...tally } });
  const plan = planActions(state, governedContext(context, found), found.actions);
  if (!plan.ok) return refused(planRefused(plan, found.actions));
  return decided(...accepted(found, tally), ...plan.events, executed(found, context, plan));
}

function executed(
  { number: proposal }: Proposal,
  context: CommandContext,
  { events }: Extract<Plan, { ok: true }>,
): LedgerEvent {
  const approved = events.find(({ type }) => type === 'activation.approved');
  const activation = (approved?.data as Pick<ActivationApproved, 'number'> | undefined)?.number;
  const data: ClosedData = {
    proposal,
    ...endOf(context),
    ...(activation !== undefined && { activation }),
  };
  return { type: 'governance.executed', data };
}

/** One that may still be voted on, withdrawn or executed; or why not. */
function liveProposal(
  state: StateView,
  { time }: CommandContext,
  proposal: number,
): Proposal | DecidedRejection {
  const found = readProposal(state, proposal);
  if (found === undefined) return { code: 'proposal-unknown', facts: { proposal } };
  if (found.status === 'executed' || found.status === 'withdrawn') return closed(found);
  const { expiresAt } = found;
  return time < expiresAt ? found : { code: 'proposal-expired', facts: { proposal, expiresAt, time } };
}

function closed({ number: proposal, status }: Proposal): DecidedRejection {
  return { code: 'proposal-closed', facts: { proposal, status } };
}

function planRefused(
  { index, rejection }: Extract<Plan, { ok: false }>,
  actions: readonly GovernedAction[],
): DecidedRejection {
  const { code, facts } = rejection;
  return { code: 'plan-refused', facts: { index, kind: actions[index]!.kind, reason: code, facts } };
}

function governedContext(
  context: CommandContext,
  { number: proposal, member }: Pick<ProposedData, 'number' | 'member'>,
): GovernedContext {
  return { ...context, proposal: { number: proposal, member } };
}
