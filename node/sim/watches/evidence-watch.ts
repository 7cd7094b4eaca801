/** Rule W1: who says two things in one slot again and again is shown by somebody. */
import type { ValidatorId } from '../../../shared/types/brands.ts';

export interface EvidenceWatch {
  /** Two conflicting messages went to an honest validator. */
  contradicted(liar: ValidatorId): void;
  shown(liar: ValidatorId): void;
  /** At the end; undefined, or who was never shown. */
  fault(): string | undefined;
}

/** Some are lost, late, or meet a validator that is down. */
const contradictionsEnough = 60;

export function createEvidenceWatch(): EvidenceWatch {
  const contradictions = new Map<ValidatorId, number>();
  const shown = new Set<ValidatorId>();
  return {
    contradicted: (liar) => contradictions.set(liar, (contradictions.get(liar) ?? 0) + 1),
    shown: (liar) => shown.add(liar),
    fault: () => {
      for (const [liar, count] of contradictions)
        if (count >= contradictionsEnough && !shown.has(liar))
          return `${liar} contradicted itself ${count} times and nobody has evidence`;
      return undefined;
    },
  };
}
