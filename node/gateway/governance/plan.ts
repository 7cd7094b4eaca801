/**
 * What actions would do if the deciding ballot came in the next block: by the function that execution calls, on the
 * state of this node. Nothing is written.
 */
import { jsonOfGovernedArgs } from '../../../shared/api/governed-args.ts';
import { jsonOfCbor } from '../../../shared/api/json-of-ledger.ts';
import type { DecodedActionJson, PlanJson, PlanRefusalJson } from '../../../shared/api.ts';
import { heightOf, type TransactionId, zeroDigest } from '../../../shared/types/brands.ts';
import type { GovernedAction } from '../../../shared/types/governance.ts';
import type { LedgerEvent, Rejection } from '../../../shared/types/ledger.ts';
import { evolve } from '../../ledger/modules/all.ts';
import { figuresOf } from '../../ledger/modules/change-check.ts';
import { tallyOf } from '../../ledger/modules/consent.ts';
import { readMembership } from '../../ledger/modules/epochs.ts';
import { planActions, planProposal } from '../../ledger/modules/plan.ts';
import { createOverlay } from '../../ledger/overlay.ts';
import type { GovernedContext, StateChanges } from '../../ledger/types.ts';
import type { GatewayContext } from '../context.ts';
import { reachableCount } from '../reachable.ts';
import { refusalText } from '../refusal-text.ts';
import { plannedMembership, subjectOfAction } from './subjects.ts';

/** In whose place the actions are judged. */
export interface Planner {
  readonly proposal: GovernedContext['proposal'];
  readonly identity: GovernedContext['identity'];
}

/** The actions passed the form of their kinds. */
export function planOf(
  context: GatewayContext,
  planner: Planner,
  actions: readonly GovernedAction[],
): PlanJson {
  const { state } = context;
  const height = context.node.status().consensus.executed;
  const governed = governedContext(context, planner, height);
  const { number } = planner.proposal;
  const plan = planActions(state, governed, actions);
  const done = plan.ok ? plan : planActions(state, governed, actions.slice(0, plan.index));
  if (!done.ok) throw new Error('what comes before a refused action can be carried out');
  const planned = createOverlay(state);
  const decoded = actions.map((action, index) => decode(planned, number, action, done.byAction[index]));
  const { needed, members } = tallyOf(state, actions);
  const before = figuresOf(readMembership(state));
  return {
    height,
    ok: plan.ok,
    mayBeProposed: plan.ok || planProposal(state, governed, actions).ok,
    ...(plan.ok ? {} : { refusal: refusalJson(plan.index, actions[plan.index]!.kind, plan.rejection) }),
    actions: decoded,
    needed,
    members,
    before,
    after: plan.ok ? figuresOf(plannedMembership(planned, number)) : before,
    reachable: reachableCount(context),
  };
}

/** As the next block would see it. */
function governedContext(
  { network, state, queries, wallMs, verifySignatureNow }: GatewayContext,
  { proposal, identity }: Planner,
  executed: number,
): GovernedContext {
  const blockTime = queries.block(queries.certifiedHeight())?.header.time ?? 0;
  return {
    network,
    epoch: readMembership(state).epoch,
    height: heightOf(executed + 1),
    time: Math.max(blockTime, wallMs()),
    transaction: zeroDigest as string as TransactionId,
    identity,
    proposal,
    ...(verifySignatureNow && { verifySignature: verifySignatureNow }),
  };
}

/** Folds what the action does into `planned`, if it is carried out. */
function decode(
  planned: StateChanges,
  proposal: number,
  action: GovernedAction,
  events: readonly LedgerEvent[] | undefined,
): DecodedActionJson {
  const subject = subjectOfAction(action, events);
  const before = subject.read(planned, proposal);
  for (const event of events ?? []) evolve(planned, event);
  const after = events === undefined ? undefined : subject.read(planned, proposal);
  return {
    ...actionJson(action),
    subject: subject.name,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** Without before and after: of what is over, only the ledger's history knows them. */
export function actionJson(action: GovernedAction): DecodedActionJson {
  const { kind, args } = action;
  return { kind, args: jsonOfGovernedArgs(args), subject: subjectOfAction(action).name };
}

export function refusalJson(
  index: number,
  kind: string,
  rejection: Pick<Rejection, 'code' | 'facts'>,
): PlanRefusalJson {
  const { code, facts } = rejection;
  const text = refusalText(rejection);
  return {
    index,
    kind,
    code,
    facts: jsonOfCbor(facts) as PlanRefusalJson['facts'],
    headline: text?.headline ?? 'The action cannot be carried out.',
    next: text?.nextStep ?? 'Upgrade this node: it does not know the reason by name.',
  };
}
