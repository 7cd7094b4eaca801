/** Why validators that can reach one another do not agree: the primary, views, votes. */
import type { CauseJson } from '../../../shared/api/diagnosis.ts';
import { faultsTolerated, quorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import { type Awaited, askingFor, awaitedOf } from './awaited.ts';
import type { DiagnosisFacts } from './facts.ts';
import { hasQuorum, isReachable } from './reach.ts';
import { thresholds } from './thresholds.ts';
import { durationText, listText } from './words.ts';

/** Something waits, and no block was certified for too long. */
export const isStalled = ({ waiting, consensus, sinceCertifiedMs }: DiagnosisFacts): boolean => {
  if ((waiting.sinceMs ?? 0) > thresholds.stalledMs) return true;
  const slotAgeMs = consensus?.phase === 'none' ? 0 : (consensus?.slotAgeMs ?? 0);
  return slotAgeMs > thresholds.stalledMs && (sinceCertifiedMs ?? slotAgeMs) > thresholds.stalledMs;
};

export const owes = ({ waiting, consensus }: DiagnosisFacts): boolean =>
  waiting.transactions > 0 || (consensus?.owed ?? 0) > 0;

export function agreementCauses(facts: DiagnosisFacts): CauseJson[] {
  if (facts.consensus?.mode !== 'voting') return [];
  const causes = [...primaryCauses(facts), ...divergingViews(facts), ...openViewChange(facts)];
  return causes.some(({ severity }) => severity === 'stall') ? causes : [...causes, ...missingVotes(facts)];
}

const suspicions: { readonly [reason: string]: string } = {
  waiting: 'did not order what waited in time',
  'invalid-proposal': 'proposed a batch that is not valid',
  equivocation: 'signed two different proposals for one place',
  'view-timeout': 'did not open its view in time',
};

/** The primary of the view that is, or was just, left, and why. */
function primaryCauses(facts: DiagnosisFacts): CauseJson[] {
  const { consensus, parameters } = facts;
  if (consensus === undefined) return [];
  const { view, primary, primarySilentMs, changingTo, lastViewChange } = consensus;
  if (primarySilentMs !== undefined && primarySilentMs >= parameters.primarySilenceMs)
    return [silentPrimary(primary, view, primarySilentMs, undefined)];
  if (lastViewChange === undefined || lastViewChange.agoMs > thresholds.recentMs) return [];
  const left = lastViewChange.to - 1;
  const culprit = lastViewChange.primary;
  if (culprit === facts.self) return [];
  const replacedIn = changingTo === undefined ? view : undefined;
  const peer = facts.peers.find(({ validator }) => validator === culprit);
  const isSilent = peer !== undefined && !isReachable(peer);
  const reason = suspicions[lastViewChange.reason];
  if (reason !== undefined && !isSilent)
    return [suspectedPrimary(culprit, left, lastViewChange.reason, reason, replacedIn)];
  if (lastViewChange.reason === 'silent' || isSilent)
    return [silentPrimary(culprit, left, peer?.silentMs, replacedIn)];
  return [];
}

function silentPrimary(
  validator: ValidatorId,
  view: number,
  silentMs: number | undefined,
  replacedIn: number | undefined,
): CauseJson {
  const since = silentMs === undefined ? '' : ` for ${durationText(silentMs)}`;
  const facts = {
    validator,
    view,
    ...(silentMs !== undefined && { silentMs }),
    ...(replacedIn !== undefined && { replacedIn }),
  };
  if (replacedIn !== undefined) {
    return {
      code: 'primary-silent',
      severity: 'notice',
      sentence: `${validator}, the primary of view ${view}, fell silent and was replaced in view ${replacedIn}.`,
      next: `The operator of ${validator} looks why it was silent: whether it ran, its machine, its network.`,
      act: [validator],
      facts,
    };
  }
  return {
    code: 'primary-silent',
    severity: 'stall',
    sentence: `${validator}, the primary of view ${view}, has been silent${since}.`,
    next: `The others replace it by themselves within seconds. The operator of ${validator} looks whether it runs.`,
    act: [validator],
    facts,
  };
}

function suspectedPrimary(
  validator: ValidatorId,
  view: number,
  code: string,
  did: string,
  replacedIn: number | undefined,
): CauseJson {
  const isOver = replacedIn !== undefined;
  return {
    code: 'primary-suspected',
    severity: isOver ? 'notice' : 'stall',
    sentence: `${validator}, the primary of view ${view}, ${did}${isOver ? ` and was replaced in view ${replacedIn}` : ''}.`,
    next: `The operator of ${validator} looks at its log: overload, its clock, or worse. The others go on without its lead.`,
    act: [validator],
    facts: { validator, view, reason: code, ...(isOver && { replacedIn }) },
  };
}

/** No view has a quorum, although a quorum can be reached. */
function divergingViews(facts: DiagnosisFacts): CauseJson[] {
  const { consensus, peers, self, validators } = facts;
  if (consensus === undefined || !hasQuorum(facts)) return [];
  const isFresh = (consensus.lastViewChange?.agoMs ?? Number.POSITIVE_INFINITY) < thresholds.settleMs;
  const asked = new Map(consensus.ballots.map(({ validator, viewChange }) => [validator, viewChange]));
  const views = [
    { validator: self, view: consensus.changingTo ?? consensus.view },
    ...peers
      .filter((peer) => isReachable(peer) && peer.view !== undefined)
      .map(({ validator, view = 0 }) => ({ validator, view: Math.max(view, asked.get(validator) ?? 0) })),
  ];
  const most = Math.max(...views.map(({ view }) => views.filter((one) => one.view === view).length));
  if (isFresh || views.length < quorum(validators.length) || most >= quorum(validators.length)) return [];
  const text = listText(views.map(({ validator, view }) => `${validator} in ${view}`));
  return [
    {
      code: 'views-diverging',
      // Also while nothing waits: in none of them would a transaction be certified.
      severity: 'stall',
      sentence: `No view has a quorum: ${text}.`,
      next: 'Validators join the higher view by themselves. If it lasts, look for links that lose messages one way: compare this answer of all gateways.',
      act: [],
      facts: { views },
    },
  ];
}

function openViewChange(facts: DiagnosisFacts): CauseJson[] {
  const { consensus, validators } = facts;
  if (consensus?.changingTo === undefined) return [];
  const { view, changingTo, nextPrimary, primary } = consensus;
  const asking = askingFor(consensus, changingTo);
  const missing = validators.filter((id) => !asking.includes(id));
  const needed = quorum(validators.length);
  const opener = nextPrimary ?? primary;
  const isEnough = asking.length >= needed;
  if (asking.length <= faultsTolerated(validators.length) && isFollowing(facts))
    return [standingApart(facts, changingTo)];
  return [
    {
      code: 'view-change-open',
      severity: 'stall',
      sentence: isEnough
        ? `View ${changingTo} waits for ${opener} to open it.`
        : `View ${changingTo} is asked for by ${listText(asking)}; ${needed} are needed.`,
      next: isEnough
        ? `If ${opener} does not, the next view is asked for by itself.`
        : `It goes on by itself once ${needed} ask; missing: ${listText(missing)}.`,
      act: [],
      facts: { from: view, to: changingTo, primary: opener, asking: [...asking], missing, needed },
    },
  ];
}

/** It asked some while ago, and blocks are certified all the same. */
function isFollowing(facts: DiagnosisFacts): boolean {
  const askedAgoMs = facts.consensus?.lastViewChange?.agoMs ?? 0;
  const { sinceCertifiedMs = Number.POSITIVE_INFINITY } = facts;
  return askedAgoMs >= thresholds.settleMs && sinceCertifiedMs < askedAgoMs && !isStalled(facts);
}

/** Rule N7: it has left its view for good, and who does not doubt the primary has no reason to follow. */
function standingApart({ self, consensus, validators }: DiagnosisFacts, changingTo: number): CauseJson {
  const { view, primary } = consensus!;
  const asking = askingFor(consensus!, changingTo);
  return {
    code: 'view-change-open',
    severity: 'impair',
    sentence: `${self} asks for view ${changingTo} and too few with it; the others go on in view ${view} under ${primary}.`,
    next: `Nothing is lost: ${self} follows, executes and seals, and votes on no batch until the next change of primary or of the epoch, which it joins by itself. Until then one validator less may fail. To have it back now, the operator of ${primary} stops that node until another one leads, and starts it again.`,
    act: [primary],
    facts: {
      from: view,
      to: changingTo,
      primary,
      asking: [...asking],
      missing: validators.filter((id) => !asking.includes(id)),
      needed: quorum(validators.length),
    },
  };
}

/** A validator without its signer is as good as silent; it explains what is missing of its votes. */
export function signerCauses(facts: DiagnosisFacts): CauseJson[] {
  const { self, signerAbsence } = facts;
  if (signerAbsence === undefined) return [];
  const { forMs, reason } = signerAbsence;
  return [
    {
      code: 'signer-unreachable',
      severity: isStalled(facts) ? 'stall' : 'impair',
      sentence: `${self} does not vote: its signer has been away for ${durationText(forMs)}.`,
      next: `The operator of ${self} starts the signer (concordat signer start); the node goes on by itself.`,
      act: [self],
      facts: { validator: self, reason, forMs },
    },
  ];
}

/** Everybody is there and in one view, and yet the next height is not certified. */
function missingVotes(facts: DiagnosisFacts): CauseJson[] {
  const { consensus } = facts;
  const awaited = consensus === undefined ? undefined : awaitedOf(consensus, owes(facts));
  if (consensus === undefined || awaited === undefined || !isStalled(facts)) return [];
  const message = voteOf(awaited);
  if (message === undefined) return [];
  const { sequence } = consensus;
  return [
    {
      code: 'votes-missing',
      severity: 'stall',
      sentence: `Height ${sequence} waits for the ${message.toUpperCase()} of ${listText(awaited.from)}.`,
      next: `The operators of ${listText(awaited.from)} look at their logs for refused messages, and at clock, disk and load.`,
      act: awaited.from,
      facts: { sequence, message, missing: awaited.from },
    },
  ];
}

const voteOf = ({ message }: Awaited): 'pre-prepare' | 'prepare' | 'commit' | 'seal' | undefined =>
  message === 'view-change' || message === 'new-view' ? undefined : message;
