/** Who can be reached, who of them votes, who is behind, and whether that is a quorum. */
import type { CauseJson } from '../../../shared/api/diagnosis.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { DiagnosisFacts, PeerFacts } from './facts.ts';
import { thresholds } from './thresholds.ts';
import { countOf, countText, durationText, listText } from './words.ts';

export const isReachable = ({ connected, silentMs }: PeerFacts): boolean =>
  connected && (silentMs ?? 0) < thresholds.silentMs;

const reachablePeers = ({ peers }: DiagnosisFacts): readonly ValidatorId[] =>
  peers.filter(isReachable).map(({ validator }) => validator);

export const isValidator = ({ self, validators }: DiagnosisFacts): boolean => validators.includes(self);

/** This node included, if it is a validator. */
export const reachableCount = (facts: DiagnosisFacts): number =>
  Number(isValidator(facts)) + reachablePeers(facts).length;

/** Whether this node signs now. Who starts, observes, or has no signer answers and is no part of a quorum. */
export const doesVote = (facts: DiagnosisFacts): boolean =>
  isValidator(facts) && facts.consensus?.mode === 'voting' && facts.signerAbsence === undefined;

/**
 * Validators that can be reached and vote, this node included: only who votes signs heartbeats (rule F3). undefined
 * where none can be heard: followers are sent none, and who fetches blocks may stand in another epoch than the others.
 */
export function votersOf(facts: DiagnosisFacts): readonly ValidatorId[] | undefined {
  const { self, validators, consensus, catchUpTarget, parameters } = facts;
  if (consensus === undefined || catchUpTarget !== undefined || !isValidator(facts)) return undefined;
  const lateMs = Math.max(thresholds.silentMs, 2 * parameters.primarySilenceMs);
  const reachable = new Set(reachablePeers(facts));
  return validators.filter((id) =>
    id === self ? doesVote(facts) : reachable.has(id) && (consensus.heartbeatAgesMs.get(id) ?? 0) < lateMs,
  );
}

const reachesQuorum = (facts: DiagnosisFacts): boolean =>
  reachableCount(facts) >= quorum(facts.validators.length);

/** As far as it is known here. */
export const hasQuorum = (facts: DiagnosisFacts): boolean =>
  (votersOf(facts)?.length ?? reachableCount(facts)) >= quorum(facts.validators.length);

/** What the end of a link tells an operator (docs/links.md). */
const reasons: { readonly [code: string]: string } = {
  'link-silent': 'it stopped answering',
  'link-lost': 'the connection broke before it said hello',
  'link-replaced': 'the connection was replaced',
  'link-bad-frame': 'it sent what no node of this version sends',
  'link-frame-too-large': 'it sent a frame above the limit',
  'link-refused-unknown-key': 'its node key is not one that the ledger names',
  'link-refused-wrong-identity': 'another validator answers at its address',
  'link-refused-wrong-network': 'it belongs to another network',
  'link-refused-protocol-version': 'it speaks another version of the link protocol',
  'link-refused-bad-hello': 'something else answers at its address',
  'link-refused-no-hello': 'it accepts the connection but says no hello',
  'link-removed': 'one of the two is no longer in the address book of the other',
  'link-key-retired': 'the node key that it had proven is no longer valid',
  stopping: 'it was stopped',
};

function reasonOf({ connected, failure, failureReason = '' }: PeerFacts): string {
  if (connected) return 'it stopped answering';
  if (failure === undefined) return 'there has been no link yet';
  if (failure === 'link-unreachable') {
    if (failureReason.includes('ECONNREFUSED')) return 'no process listens at its address';
    if (failureReason === 'timeout') return 'its address accepts no connection in time';
    return `its address cannot be reached (${failureReason})`;
  }
  return reasons[failure] ?? 'the connection broke';
}

export function reachCauses(facts: DiagnosisFacts): CauseJson[] {
  const lost = facts.peers.filter((peer) => !isReachable(peer));
  if (!reachesQuorum(facts)) return [withoutQuorum(facts, lost)];
  const voters = votersOf(facts) ?? facts.validators;
  const there = new Set([facts.self, ...reachablePeers(facts)]);
  const mute = facts.validators.filter((id) => !voters.includes(id) && there.has(id));
  if (!hasQuorum(facts)) {
    const n = facts.validators.length;
    return [withoutVoters({ n, voting: voters.length, missing: missingOf(lost), notVoting: mute })];
  }
  // What keeps this node itself from voting has a cause of its own.
  return [
    ...lost.map(unreachable),
    ...mute.filter((id) => id !== facts.self).map((id) => notVoting(facts, id)),
  ];
}

const missingOf = (lost: readonly PeerFacts[]) =>
  lost.map((peer) => ({
    validator: peer.validator,
    reason: reasonOf(peer),
    ...(peer.silentMs !== undefined && { silentMs: peer.silentMs }),
  }));

export interface Voters {
  readonly n: number;
  /** How many vote. */
  readonly voting: number;
  readonly missing: readonly {
    readonly validator: ValidatorId;
    readonly reason: string;
    readonly silentMs?: number;
  }[];
  /** They are there, and start, observe, or have no signer. */
  readonly notVoting: readonly ValidatorId[];
}

/** Those who are there are a quorum, and those of them who vote are none. */
export function withoutVoters({ n, voting, missing, notVoting: mute }: Voters): CauseJson {
  const needed = quorum(n);
  const gone = missing.map(({ validator }) => validator);
  const said = [
    ...(gone.length === 0 ? [] : [`${listText(gone)} cannot be reached`]),
    ...(mute.length === 0
      ? []
      : [`${listText(mute)} ${mute.length === 1 ? 'is there and does' : 'are there and do'} not vote`]),
  ];
  const act = [...gone, ...mute].sort();
  return {
    code: 'quorum-not-voting',
    severity: 'stall',
    sentence: `${voting} of ${countOf(n, 'validator')} ${voting === 1 ? 'votes' : 'vote'}, ${needed} are needed, so that the next transaction would not commit: ${said.join('; ')}.`,
    next: `The operators of ${listText(act)} look why: concordat doctor at their own gateways says whether a node starts, has lost its votes or has no signer. Nothing is lost: commits go on by themselves once ${needed} vote.`,
    act,
    facts: { voting, needed, missing: [...missing], notVoting: [...mute] },
  };
}

function notVoting({ consensus }: DiagnosisFacts, validator: ValidatorId): CauseJson {
  const heartbeatMs = consensus?.heartbeatAgesMs.get(validator) ?? 0;
  return {
    code: 'validator-not-voting',
    severity: 'impair',
    sentence: `${validator} can be reached and does not vote: no heartbeat of it for ${durationText(heartbeatMs)}.`,
    next: `The operator of ${validator} asks concordat doctor at its own gateway: it starts, has lost its votes, or its signer is away. The others go on without it.`,
    act: [validator],
    facts: { validator, heartbeatMs },
  };
}

function unreachable(peer: PeerFacts): CauseJson {
  const { validator, silentMs } = peer;
  const since = silentMs === undefined ? '' : `, last heard ${durationText(silentMs)} ago`;
  return {
    code: 'validator-unreachable',
    severity: 'impair',
    sentence: `${validator} cannot be reached: ${reasonOf(peer)}${since}.`,
    next: `The operator of ${validator} looks whether its process runs and its network is up; the others go on without it.`,
    act: [validator],
    facts: { validator, reason: reasonOf(peer), ...(silentMs !== undefined && { silentMs }) },
  };
}

function withoutQuorum(facts: DiagnosisFacts, lost: readonly PeerFacts[]): CauseJson {
  const reachable = reachableCount(facts);
  const needed = quorum(facts.validators.length);
  const names = lost.map(({ validator }) => validator);
  const isCutOff = lost.length === facts.peers.length && facts.validators.length > 2;
  return {
    code: 'quorum-unreachable',
    severity: 'stall',
    sentence: `${reachable} of ${countOf(facts.validators.length, 'validator')} can be reached, ${needed} are needed; missing: ${listText(names)}.`,
    next: isCutOff
      ? `Only ${facts.self} itself is there: its operator looks at its network first. Nothing is lost; it goes on by itself.`
      : `The operators of ${listText(names)} start them or mend their network. Nothing is lost: commits go on by themselves once ${needed} are there.`,
    act: isCutOff ? [facts.self] : names,
    facts: {
      reachable,
      needed,
      missing: missingOf(lost),
    },
  };
}

/** Peers far below the highest height, and this node itself. */
export function lagCauses(facts: DiagnosisFacts): CauseJson[] {
  const heights = facts.peers.filter(isReachable).map(({ validator, height }) => ({ validator, height }));
  const all = [{ validator: facts.self, height: facts.height }, ...heights];
  const highest = Math.max(...all.map(({ height }) => height ?? 0), facts.consensus?.knownHeight ?? 0);
  return all
    .filter(({ height }) => height !== undefined && highest - height > thresholds.behindBlocks)
    .map(({ validator, height }) => behind(validator, height ?? 0, highest));
}

function behind(validator: ValidatorId, height: number, highest: number): CauseJson {
  return {
    code: 'validator-behind',
    severity: 'notice',
    sentence: `${validator} is ${countOf(highest - height, 'block')} behind, at ${countText(height)} of ${countText(highest)}.`,
    next: `It fetches them by itself. If its height stands still, its operator looks at its log and disk.`,
    act: [],
    facts: { validator, height, blocks: highest - height },
  };
}
