/** Who can be reached, who is behind, and whether that is a quorum. */
import type { CauseJson } from '../../../shared/api/diagnosis.ts';
import { quorum } from '../../../shared/protocol/quorum.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { DiagnosisFacts, PeerFacts } from './facts.ts';
import { thresholds } from './thresholds.ts';
import { countOf, countText, durationText, listText } from './words.ts';

export const isReachable = ({ connected, silentMs }: PeerFacts): boolean =>
  connected && (silentMs ?? 0) < thresholds.silentMs;

export const isValidator = ({ self, validators }: DiagnosisFacts): boolean => validators.includes(self);

/** This node included, if it is a validator. */
export const reachableCount = (facts: DiagnosisFacts): number =>
  Number(isValidator(facts)) + facts.peers.filter(isReachable).length;

export const hasQuorum = (facts: DiagnosisFacts): boolean =>
  reachableCount(facts) >= quorum(facts.validators.length);

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
  if (lost.length === 0) return [];
  return hasQuorum(facts) ? lost.map(unreachable) : [withoutQuorum(facts, lost)];
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
      missing: lost.map((peer) => ({
        validator: peer.validator,
        reason: reasonOf(peer),
        ...(peer.silentMs !== undefined && { silentMs: peer.silentMs }),
      })),
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
