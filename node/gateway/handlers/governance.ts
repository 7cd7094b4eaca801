/** Proposals with their ballots, what they would do, and changes of the epoch on their way. */
import { governedArgsOfJson } from '../../../shared/api/governed-args.ts';
import {
  type ActivationJson,
  type ActivationsJson,
  dryRunBodySchema,
  type ParamsOf,
  type PlanJson,
  type ProposalJson,
  type ProposalsJson,
  type QueryOf,
} from '../../../shared/api.ts';
import { isCborMap } from '../../../shared/codec/structure.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { Rejection } from '../../../shared/types/ledger.ts';
import {
  type Activation,
  activationCount,
  pendingActivation,
  readActivation,
} from '../../ledger/modules/activation-records.ts';
import { governanceModule } from '../../ledger/modules/governance.ts';
import { openProposals, type Proposal, proposalCount, readProposal } from '../../ledger/modules/proposals.ts';
import type { StateView } from '../../ledger/types.ts';
import type { Answer, GatewayContext } from '../context.ts';
import { activationDetail, activationRow } from '../governance/activation-json.ts';
import { actionJson, planOf } from '../governance/plan.ts';
import { isWaiting, proposalRow, proposalStatus } from '../governance/proposal-json.ts';
import { readJsonBody } from '../http/json-body.ts';
import { ProblemError } from '../http/problem-error.ts';
import { problemOfRejection } from '../refusal-problem.ts';
import type { Caller } from '../sessions/caller.ts';
import type { HandlerRequest } from './table.ts';

const defaultLimit = 50;

/** Block time of the next block at the earliest: what it sees as expired is shown as expired. */
function nextTime({ queries, wallMs }: GatewayContext): number {
  return Math.max(queries.block(queries.certifiedHeight())?.header.time ?? 0, wallMs());
}

export function listProposals(context: GatewayContext, query: QueryOf<'proposals'>): Answer<ProposalsJson> {
  const state = context.queries.certifiedState();
  const time = nextTime(context);
  const numbers =
    query.status === 'waiting'
      ? waitingFrom(state, time, highest('proposal', query.cursor))
      : newest(proposalCount(state), 'proposal', query);
  const page = pageOfNumbers(numbers, 'proposal', query, (number) =>
    proposalRow(state, requireProposal(state, number), time),
  );
  return { body: { height: state.height, ...page } };
}

/** There are a hundred at most. */
function waitingFrom(state: StateView, time: number, first: number): readonly number[] {
  const waiting = openProposals(state, time).map(({ number }) => number);
  return waiting.filter((number) => number <= first).toReversed();
}

/** @throws ProblemError `not-found` */
function requireProposal(state: StateView, number: number): Proposal {
  const proposal = readProposal(state, number);
  if (proposal !== undefined) return proposal;
  throw new ProblemError('not-found', `No proposal has the number ${number}.`, { number });
}

/** @throws ProblemError `not-found` */
function requireActivation(state: StateView, number: number): Activation {
  const activation = readActivation(state, number);
  if (activation !== undefined) return activation;
  throw new ProblemError('not-found', `No activation has the number ${number}.`, { number });
}

export function getProposal(context: GatewayContext, { number }: ParamsOf<'proposal'>): Answer<ProposalJson> {
  const state = context.queries.certifiedState();
  const proposal = requireProposal(state, Number(number));
  const time = nextTime(context);
  const row = proposalRow(state, proposal, time);
  const shared = { ...row, height: state.height };
  if (!isWaiting(proposalStatus(state, proposal, time)))
    return { body: { ...shared, actions: proposal.actions.map(actionJson) } };
  const { member, proposer } = proposal;
  const planner = {
    proposal: { number: proposal.number, member },
    identity: { id: proposer, member, roles: ['admin'] },
  };
  const plan = planOf(context, planner, proposal.actions);
  return { body: { ...shared, actions: plan.actions, plan } };
}

export function dryRun(
  context: GatewayContext,
  { contentType, body, caller }: HandlerRequest<'dryRun'>,
): Answer<PlanJson> {
  const read = readJsonBody(dryRunBodySchema, contentType, body);
  const actions = read.actions.map(({ kind, args }) => ({ kind, args: governedArgsOfJson(args) }));
  const malformed = formProblem(actions);
  if (malformed !== undefined) throw problemOfRejection(malformed);
  return { body: planOf(context, plannerOf(context, caller), actions) };
}

/** The form that the ledger asks of a proposal with these actions. */
function formProblem(actions: readonly GovernedAction[]): Rejection | undefined {
  const form = governanceModule.actions['governance.propose'];
  const problem = form?.({ actions: [...actions], reason: 'dry run', expiresAt: 0 });
  if (problem === undefined || !isCborMap(problem.facts)) return problem;
  const index = /^args\.actions\[(\d+)\]/.exec(String(problem.facts.path))?.[1];
  return index === undefined ? problem : { ...problem, facts: { ...problem.facts, index: Number(index) } };
}

/** The next proposal, made by the caller. */
const plannerOf = ({ state }: GatewayContext, { identity, member, roles }: Caller) => ({
  proposal: { number: proposalCount(state), member },
  identity: { id: identity, member, roles },
});

export function listActivations(
  { queries }: GatewayContext,
  query: QueryOf<'activations'>,
): Answer<ActivationsJson> {
  const state = queries.certifiedState();
  const numbers = newest(activationCount(state), 'activation', query);
  const page = pageOfNumbers(numbers, 'activation', query, (number) =>
    activationRow(requireActivation(state, number)),
  );
  const pending = pendingActivation(state)?.number;
  return {
    body: {
      height: state.height,
      ...(pending === undefined ? {} : { pending }),
      ...page,
    },
  };
}

export function getActivation(
  { queries }: GatewayContext,
  { number }: ParamsOf<'activation'>,
): Answer<ActivationJson> {
  const state = queries.certifiedState();
  const activation = requireActivation(state, Number(number));
  return { body: activationDetail(state, activation) };
}

interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
}

/** So many and one more of the numbers below `count`, the highest first, from the cursor's on. */
function newest(count: number, word: string, { cursor, limit = defaultLimit }: PageQuery): readonly number[] {
  const first = Math.min(count - 1, highest(word, cursor));
  return Array.from({ length: Math.min(limit, first) + 1 }, (_, back) => first - back);
}

/** The one too many is where the next page begins: what was made since does not shift it. */
function pageOfNumbers<Row>(
  numbers: readonly number[],
  word: string,
  { limit = defaultLimit }: PageQuery,
  rowOf: (number: number) => Row,
): { readonly rows: Row[]; readonly next?: string } {
  const next = numbers[limit];
  const rows = numbers.slice(0, limit).map(rowOf);
  return next === undefined ? { rows } : { rows, next: `${word}-${next}` };
}

const highest = (word: string, cursor: string | undefined): number =>
  cursor === undefined ? Number.POSITIVE_INFINITY : numberOfCursor(word, cursor);

/** @throws ProblemError `invalid-cursor` */
function numberOfCursor(word: string, cursor: string): number {
  const number = new RegExp(`^${word}-(0|[1-9][0-9]{0,14})$`).exec(cursor)?.[1];
  if (number !== undefined) return Number(number);
  throw new ProblemError('invalid-cursor', 'The cursor was not issued by this API.', { cursor });
}
