/** All known bugs, by family. */
import { durabilityMutants } from './durability.ts';
import { epochMutants } from './epochs.ts';
import { executionMutants } from './execution.ts';
import { keyMutants } from './keys.ts';
import { normalCaseMutants } from './normal-case.ts';
import { payloadMutants } from './payloads.ts';
import type { Mutant } from './types.ts';
import { viewChangeMutants } from './view-change.ts';
import { waitingMutants } from './waiting.ts';

export const mutants: readonly Mutant[] = [
  ...normalCaseMutants,
  ...viewChangeMutants,
  ...durabilityMutants,
  ...executionMutants,
  ...epochMutants,
  ...keyMutants,
  ...payloadMutants,
  ...waitingMutants,
];
