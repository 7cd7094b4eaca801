/**
 * What checking the events of one block may cost. Each append has a step for each byte of its envelope, which ordinary
 * events do not use up; what takes more draws on steps that all appends of the block share. So a block costs no more
 * than its bytes and those shared steps, and whoever uses them up takes nothing that others need.
 */
import type { NetworkParameters } from '../../../shared/types/parameters.ts';
import { limits } from '../limits.ts';

export interface CheckSteps {
  /** How many this append may use, besides what bounds every append. */
  readonly max: number;
  /** So many were used, at most `max`. */
  spend(steps: number): void;
}

/** @returns what each append of a block may use, in the block's order. @param bytes of its envelope */
export function blockSteps({
  batchBytesMax,
}: Pick<NetworkParameters, 'batchBytesMax'>): (bytes: number) => CheckSteps {
  let shared = Math.max(limits.schemaStepsMax, Math.floor(batchBytesMax / limits.schemaBytesPerSharedStep));
  return (bytes) => ({
    max: bytes + shared,
    spend: (steps) => {
      shared -= Math.max(0, steps - bytes);
    },
  });
}
