/** Peers that went over a break which was not accepted here: where they are, this node does not go by itself. */
import type { CauseJson } from '../../../shared/api/diagnosis.ts';
import { isStalled } from './agreement.ts';
import type { DiagnosisFacts } from './facts.ts';
import { hasQuorum } from './reach.ts';
import { countText, listText } from './words.ts';

/** While the network commits, whoever shows one may lie; when it does not, it may be why. */
export function recoveryCauses(facts: DiagnosisFacts): CauseJson[] {
  const { self, recoveriesShown = [] } = facts;
  const commits = hasQuorum(facts) && !isStalled(facts);
  return recoveriesShown.map(({ recovery, epoch, height, from }) => ({
    code: 'recovery-not-accepted',
    severity: commits ? 'notice' : 'stall',
    sentence: `${listText([...from])} ${from.length === 1 ? 'goes' : 'go'} by a recovery behind height ${countText(height)} that ${self} has not accepted (${recovery.slice(0, 8)}).`,
    next: `The operator of ${self} asks the other members by voice whether they decided it, and compares the digest. If it is right: stop the node, run \`concordat network recover accept\`, start it. If nobody knows of it, ${listText([...from])} lies or its key is not in honest hands.`,
    act: [self],
    facts: { validator: self, recovery, epoch, height, from: [...from] },
  }));
}
