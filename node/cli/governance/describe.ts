/** Proposals, plans and activations in lines for people. */
import type {
  ActivationJson,
  ActivationRowJson,
  ChangeJson,
  DecodedActionJson,
  PlanJson,
  PlanRefusalJson,
  ProposalJson,
  ProposalRowJson,
} from '../../../shared/api.ts';
import { countOf } from '../../runtime/diagnosis/words.ts';
import { toType } from '../invocation.ts';
import { factLines, oneLine } from '../io.ts';

const shownAt = (ms: number): string => new Date(ms).toISOString();

/** Where it stands, and who is to act next. */
export function standingLines(proposal: ProposalRowJson): string[] {
  const { number, status, approvals, needed, missing = [], end, expiresAt } = proposal;
  switch (status) {
    case 'open':
      return [
        `Proposal ${number} is open: ${approvals} of ${needed} approvals; no ballot yet of ${missing.join(', ') || 'nobody'}.`,
        `Others vote until ${shownAt(expiresAt)} with: concordat proposal vote ${number} yes`,
      ];
    case 'accepted':
      return [
        `Proposal ${number} is accepted, and not carried out yet.`,
        ...refusalLines(proposal.refusal),
        `Until ${shownAt(expiresAt)} an admin tries again with: concordat proposal execute ${number}`,
      ];
    case 'executed':
      return [
        `Proposal ${number} is executed (block ${end?.height}).`,
        ...(end?.activation === undefined
          ? []
          : [
              `The epoch changes by activation ${end.activation}: ${toType(`activation show ${end.activation}`)}`,
            ]),
      ];
    case 'withdrawn':
      return [`Proposal ${number} is withdrawn, by ${end?.by} (block ${end?.height}).`];
    case 'expired':
      return [`Proposal ${number} has expired (${shownAt(expiresAt)}).`];
  }
}

function refusalLines(refusal: PlanRefusalJson | undefined): string[] {
  if (refusal === undefined) return [];
  const { index, kind, code, facts, headline, next } = refusal;
  return [`Action ${index + 1}, ${kind}: ${headline} [${code}]`, ...factLines(facts), next];
}

export const proposalRowLine = (row: ProposalRowJson): string => {
  const { number, status, approvals, needed, proposer, kinds, reason } = row;
  const count = needed === undefined ? '' : `  ${approvals}/${needed}`;
  return `${number}  ${status}${count}  ${kinds.join(', ')}  by ${proposer}: ${oneLine(reason)}`;
};

export function proposalLines(proposal: ProposalJson): string[] {
  const { proposer, member, reason, createdAt, ballots, actions, plan, basis } = proposal;
  return [
    ...standingLines(proposal),
    ...factLines({
      proposer: `${proposer} of ${member}`,
      reason: oneLine(reason),
      made: shownAt(createdAt),
      epoch: basis.epoch,
    }),
    'Ballots:',
    ...ballots.map(
      (one) =>
        `  ${one.member}  ${one.approve ? 'yes' : 'no'}  by ${one.identity}, block ${one.height}${one.counts === false ? '; does not count now' : ''}`,
    ),
    ...(plan === undefined ? ['Actions:', ...actions.flatMap(actionLines)] : planLines(plan)),
  ];
}

export function planLines(plan: PlanJson): string[] {
  const { ok, mayBeProposed, before, after, needed, members, reachable, refusal, actions } = plan;
  const set = `${before.n} → ${countOf(after.n, 'validator')}, f ${before.f} → ${after.f}, quorum ${before.q} → ${after.q}`;
  const now = ok
    ? `As things are it would be carried out: ${set}; ${reachable} reachable now.`
    : 'As things are it would be refused, all of it.';
  return [
    now,
    ...refusalLines(refusal),
    ...(!ok && mayBeProposed ? ['It may be proposed all the same: it comes before the next rotation.'] : []),
    `It needs ${needed} of ${countOf(members, 'member')}.`,
    'Actions:',
    ...actions.flatMap(actionLines),
  ];
}

function actionLines({ kind, subject, args, before, after }: DecodedActionJson, index: number): string[] {
  const head = `  ${index + 1}. ${kind}: ${subject}`;
  if (before === undefined && after === undefined) return [head, ...indented(factLines(args))];
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = names.filter((name) => text(before?.[name]) !== text(after?.[name]));
  if (after === undefined && before !== undefined)
    return [head, ...indented(factLines(before)), ...indented(['now; it is not there any more afterwards'])];
  const lines = changed.map((name) => [name, `${text(before?.[name])} → ${text(after?.[name])}`] as const);
  return [head, ...indented(factLines(Object.fromEntries(lines)))];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `   ${line}`);

function text(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const activationRowLine = (row: ActivationRowJson): string => {
  const { number, status, changes, cause, at } = row;
  const by = 'proposal' in cause ? `proposal ${cause.proposal}` : `validator ${cause.validator}`;
  const isOff = status === 'withdrawn' || status === 'lapsed';
  const when = at === undefined ? '' : isOff ? `, was for height ${at}` : ` at height ${at}`;
  return `${number}  ${status}${when}  ${changes.map(changeText).join('; ')}  (${by})`;
};

function changeText(change: ChangeJson): string {
  switch (change.kind) {
    case 'add':
      return `${change.validator.id} joins`;
    case 'remove':
      return `${change.id} leaves`;
    case 'consensus-key':
      return `${change.id} gets key ${change.key}`;
    case 'incarnation':
      return `${change.id} gets vote store ${change.incarnation}`;
    case 'parameters':
      return Object.entries(change.set)
        .map(([name, value]) => `${name} = ${value}`)
        .join(', ');
    case 'protocol':
      return `protocol ${change.version}`;
  }
}

export function activationLines(activation: ActivationJson): string[] {
  const {
    number,
    changes,
    member,
    approvedAt,
    deadline,
    before,
    after,
    waitsFor = [],
    readyNeeded,
  } = activation;
  const isPending = activation.status === 'approved' || activation.status === 'scheduled';
  return [
    activationStanding(activation),
    ...changes.map((change) => `  ${changeText(change)}`),
    ...factLines({
      approved: `block ${approvedAt}`,
      ...(isPending && {
        'may be withdrawn by': `admins of ${member}: concordat activation withdraw ${number}`,
      }),
      ...(before && after && { validators: `${before.n} → ${after.n}, quorum ${before.q} → ${after.q}` }),
      ...(activation.status === 'approved' && { lapses: shownAt(deadline) }),
      ...(readyNeeded !== undefined && { 'must be ready': `${readyNeeded} of the validators below` }),
    }),
    ...waitsFor.map(readinessLine),
  ];
}

function activationStanding({ number, status, at, blocksLeft, end }: ActivationJson): string {
  switch (status) {
    case 'approved':
      return `Activation ${number} is approved and waits for what is named below.`;
    case 'scheduled':
      return `Activation ${number} is scheduled: height ${at} is the first of the next epoch, ${countOf(blocksLeft ?? 0, 'block')} left before it.`;
    case 'active':
      return `Activation ${number} is active since height ${at}.`;
    default:
      return `Activation ${number} ${status === 'lapsed' ? 'has lapsed' : 'was withdrawn'} (block ${end?.height}): ${oneLine(end?.reason ?? '')}.`;
  }
}

function readinessLine({ validator, ready, attestedBy, attestationsNeeded }: Readiness): string {
  const said = ready === undefined ? 'has not said that it is ready' : `ready at height ${ready.height}`;
  if (attestationsNeeded === 0) return `  ${validator}: ${said}`;
  const by = attestedBy.length === 0 ? '' : ` (${attestedBy.join(', ')})`;
  return `  ${validator}: ${said}; attested by ${attestedBy.length} of ${attestationsNeeded}${by}`;
}

type Readiness = NonNullable<ActivationJson['waitsFor']>[number];
