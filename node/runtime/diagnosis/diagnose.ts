/**
 * Does the network commit, and if not, why? A pure function of what one node knows: facts in, verdict out. Every
 * cause looks at the facts for itself; the verdict is made of the most important one.
 */
import type { CauseCode, CauseJson, DiagnosisJson } from '../../../shared/api/diagnosis.ts';
import { faultsTolerated, quorum } from '../../../shared/protocol/quorum.ts';
import { agreementCauses, isStalled, owes, signerCauses } from './agreement.ts';
import { awaitedOf } from './awaited.ts';
import { divergenceCauses, ownStateCauses, refusalCauses } from './conduct.ts';
import type { DiagnosisFacts } from './facts.ts';
import {
  certificateCauses,
  clockCauses,
  damageCauses,
  diskCauses,
  loadCauses,
  payloadCauses,
} from './machine.ts';
import {
  doesVote,
  hasQuorum,
  isValidator,
  lagCauses,
  reachableCount,
  reachCauses,
  votersOf,
} from './reach.ts';
import { recoveryCauses } from './recovery.ts';
import { countOf, countText, durationText } from './words.ts';

/** What explains most comes first: a silent disk explains missing votes, and not the other way round. */
const importance: readonly CauseCode[] = [
  'ledgers-differ',
  'split-execution',
  'quorum-unreachable',
  'recovery-not-accepted',
  'quorum-not-voting',
  'state-divergence',
  'disk-full',
  'disk-failed',
  'data-damaged',
  'clock-off',
  'disk-slow',
  'signer-unreachable',
  'primary-silent',
  'primary-suspected',
  'views-diverging',
  'view-change-open',
  'votes-missing',
  'validator-stopped',
  'validator-unreachable',
  'validator-not-voting',
  'gateway-unreachable',
  'votes-lost',
  'node-starting',
  'validator-behind',
  'payloads-missing',
  'certificate-expiring',
  'node-overloaded',
  'peer-misbehaved',
];
const severities = ['stall', 'impair', 'notice'] as const;

export function sortCauses(causes: readonly CauseJson[]): CauseJson[] {
  const rank = ({ severity, code }: CauseJson): number =>
    severities.indexOf(severity) * importance.length + importance.indexOf(code);
  return [...causes].sort((a, b) => rank(a) - rank(b));
}

export const isHealthy = (causes: readonly CauseJson[]): boolean =>
  causes.every(({ severity }) => severity === 'notice');

export function diagnose(facts: DiagnosisFacts): DiagnosisJson {
  const { consensus, self, validators, nowMs } = facts;
  const causes = sortCauses(findCauses(facts));
  const commits = doesCommit(facts, causes);
  const n = validators.length;
  const voting = votersOf(facts)?.length;
  const top = causes.find(({ severity }) => severity !== 'notice') ?? causes[0];
  const awaited = consensus === undefined ? undefined : awaitedOf(consensus, owes(facts));
  return {
    node: self,
    nowMs,
    commits,
    healthy: commits && isHealthy(causes),
    sentence: sentenceOf(facts, commits, causes),
    ...(top !== undefined && { next: top.next }),
    act: [...(top?.act ?? [])],
    causes,
    height: facts.height,
    view: consensus?.view ?? 0,
    primary: consensus?.primary ?? validators[0] ?? self,
    quorum: {
      n,
      f: faultsTolerated(n),
      q: quorum(n),
      reachable: reachableCount(facts),
      ...(voting !== undefined && { voting }),
    },
    votes: doesVote(facts),
    ...(facts.sinceCertifiedMs !== undefined && { sinceCertifiedMs: facts.sinceCertifiedMs }),
    waiting: { ...facts.waiting },
    current: {
      sequence: consensus?.sequence ?? facts.height + 1,
      phase: consensus?.phase ?? 'none',
      ...(consensus?.slotAgeMs !== undefined && { ageMs: consensus.slotAgeMs }),
      ballots: [...(consensus?.ballots ?? [])],
      ...(awaited !== undefined && { awaited }),
    },
    host: hostOf(facts),
    disputed: [...facts.disputed],
  };
}

function findCauses(facts: DiagnosisFacts): CauseJson[] {
  return [
    ...divergenceCauses(facts),
    ...reachCauses(facts),
    ...recoveryCauses(facts),
    ...diskCauses(facts),
    ...damageCauses(facts),
    ...payloadCauses(facts),
    ...clockCauses(facts),
    ...signerCauses(facts),
    ...agreementCauses(facts),
    ...ownStateCauses(facts),
    ...lagCauses(facts),
    ...certificateCauses(facts),
    ...loadCauses(facts),
    ...refusalCauses(facts),
  ];
}

/** A node that is starting or fetching blocks sees others certify: then the network commits, only not yet here. */
function doesCommit(facts: DiagnosisFacts, causes: readonly CauseJson[]): boolean {
  if (!hasQuorum(facts)) return false;
  return !isStalled(facts) && causes.every(({ severity }) => severity !== 'stall');
}

function sentenceOf(facts: DiagnosisFacts, commits: boolean, causes: readonly CauseJson[]): string {
  const [first] = causes;
  if (!commits) {
    const cause = causes.find(({ severity }) => severity !== 'notice');
    const since = facts.sinceCertifiedMs;
    const last = since === undefined ? '' : ` No block for ${durationText(since)}.`;
    return `The network does not commit: ${cause?.sentence ?? 'the cause is not known.'}${last}`;
  }
  const members = membersText(facts);
  const work = facts.waiting.transactions === 0 ? 'nothing waits' : 'it is at work';
  // Nobody tells a follower who votes.
  const teller = isValidator(facts) ? '' : `, as far as ${facts.self} can tell, which only follows`;
  const verdict = `The network commits${teller}: height ${countText(facts.height)}, ${members}, ${work}`;
  return first === undefined || first.severity === 'notice'
    ? `${verdict}.`
    : `${verdict}; but ${first.sentence}`;
}

function membersText(facts: DiagnosisFacts): string {
  const reachable = reachableCount(facts);
  const voting = votersOf(facts)?.length ?? reachable;
  const n = facts.validators.length;
  return voting < reachable
    ? `${voting} of ${countOf(n, 'validator')} vote`
    : `${reachable} of ${countOf(n, 'validator')} reachable`;
}

function hostOf({ host }: DiagnosisFacts): DiagnosisJson['host'] {
  const { loopDelayMs, commit, disk } = host;
  return {
    ...(loopDelayMs !== undefined && { loopDelayMs }),
    ...(commit !== undefined && { commit: { ...commit } }),
    ...(disk !== undefined && { disk: { ...disk } }),
  };
}
