/** What validators did that they must not: ledgers that strayed, messages against a rule. And what this node lost. */
import type { CauseJson } from '../../../shared/api/diagnosis.ts';
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { Observation } from '../../consensus/observe.ts';
import type { DiagnosisFacts } from './facts.ts';
import { isValidator } from './reach.ts';
import { thresholds } from './thresholds.ts';
import { countOf, countText, listText } from './words.ts';

export function divergenceCauses({ consensus }: DiagnosisFacts): CauseJson[] {
  return (consensus?.strayed ?? []).map(({ validator, height, block, certified }) =>
    divergence(validator, { height, block, certified, keys: [] }),
  );
}

export interface Divergence {
  readonly height: number;
  readonly block?: string;
  readonly certified?: string;
  /** State keys that differ; empty while nobody compared. */
  readonly keys: readonly string[];
}

export function divergence(validator: ValidatorId, { height, keys, ...blocks }: Divergence): CauseJson {
  const where = keys.length === 0 ? '' : ` The state differs at ${listText(keys.slice(0, 3))}.`;
  return {
    code: 'state-divergence',
    severity: 'impair',
    sentence: `${validator} derived another block at height ${countText(height)} than the certified one (state-divergence).${where}`,
    next: `The operator of ${validator} moves the files *.db* of its storage directory away, keeps them, and starts the node: it fetches the ledger again and observes, for its vote store holds the seal of the other block; it votes again once the members register the new store. If it diverges again, the machine or the software is at fault.`,
    act: [validator],
    facts: { validator, height, keys: [...keys], ...blocks },
  };
}

export function split(
  validators: readonly ValidatorId[],
  height: number,
  keys: readonly string[],
): CauseJson {
  const where = keys.length === 0 ? '' : ` The state differs at ${listText(keys.slice(0, 3))}.`;
  return {
    code: 'split-execution',
    severity: 'stall',
    sentence: `No quorum of validators derived the same block at height ${countText(height)} (split-execution).${where}`,
    next: 'Nobody can go on alone: all operators keep copies of their data, compare versions and support bundles, and agree which validators derive their state anew.',
    act: [...validators],
    facts: { height, validators: [...validators], keys: [...keys] },
  };
}

export function refusalCauses({ refusals, self }: DiagnosisFacts): CauseJson[] {
  return refusals
    .filter(({ agoMs }) => agoMs < thresholds.misconductMs)
    .map(({ validator, rule, count, reason }) => ({
      code: 'peer-misbehaved',
      severity: 'notice',
      sentence: `${self} refused ${countText(count)} of what ${validator} sent, against rule ${rule}; lately: ${reason}.`,
      next:
        rule === 'C3'
          ? `Blocks are fetched from others meanwhile. The operator of ${validator} looks at its disk and log.`
          : `Compare the versions of both nodes. If they are equal, ${validator} or its key is not in honest hands: tell the other members.`,
      act: [validator],
      facts: { validator, rule, count, reason },
    }));
}

export function ownStateCauses(facts: DiagnosisFacts): CauseJson[] {
  const { consensus, self, catchUpTarget, height } = facts;
  if (consensus?.mode === 'observing' && isValidator(facts)) return [votesLost(facts)];
  if (consensus === undefined) return [starting(self, 'it reads its disk', undefined)];
  if (consensus.mode === 'starting') return [starting(self, awaitedAnswers(consensus), undefined)];
  const isFar = catchUpTarget !== undefined && catchUpTarget - height > thresholds.behindBlocks;
  return isFar ? [starting(self, 'it fetches blocks from others', catchUpTarget)] : [];
}

/** Nothing that it does by itself ends it: the members do, and then a height is known. */
function votesLost({ self, height, unregisteredStore }: DiagnosisFacts): CauseJson {
  const { incarnation, votesFrom } = unregisteredStore ?? {};
  const does = `${self} follows and serves, and counts among the f faulty ones`;
  return {
    code: 'votes-lost',
    severity: 'impair',
    sentence: `${self} does not vote: its vote store is not the one that the network registered (lost, or restored from a backup).`,
    next:
      votesFrom === undefined
        ? `${does} until the members have registered its new store. Its operator proposes that: concordat validator register-incarnation ${self} --incarnation ${incarnation ?? 'INCARNATION'} --reason TEXT; it votes from the activation on.`
        : `Wait: ${does} until its new store counts, from height ${countText(votesFrom)} on; ${countOf(Math.max(0, votesFrom - 1 - height), 'block')} before it.`,
    act: votesFrom === undefined ? [self] : [],
    facts: {
      validator: self,
      ...(incarnation !== undefined && { incarnation }),
      ...(votesFrom !== undefined && { votesFrom }),
    },
  };
}

function awaitedAnswers({ answers }: Observation): string {
  const told = answers === undefined ? '' : `: ${answers.have} of ${answers.needed} have answered`;
  return `it waits for what others hold of its own votes${told}`;
}

function starting(validator: ValidatorId, reason: string, target: number | undefined): CauseJson {
  return {
    code: 'node-starting',
    severity: 'notice',
    sentence: `${validator} is not ready yet: ${reason}${target === undefined ? '' : ` up to height ${countText(target)}`}.`,
    next: 'Wait. If it lasts for minutes, look whether the others can be reached.',
    act: [],
    facts: { validator, reason, ...(target !== undefined && { target }) },
  };
}
