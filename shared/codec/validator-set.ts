/** What makes a list of validators a set that may certify blocks. */
import type { ValidatorSet } from '../types/ledger.ts';
import type { CodecFacts } from './codec-error.ts';
import { validatorsMax } from './ids.ts';

/**
 * 1 to 1024 validators, strictly ascending by id, hence distinct, and no key twice: under two ids one holder of
 * a key would count as two towards a quorum. Undefined if all of that holds.
 */
export const validatorSetFault = (set: ValidatorSet, path: string): CodecFacts | undefined => {
  if (set.length < 1 || set.length > validatorsMax) {
    return { path, expected: `1 to ${validatorsMax} validators`, got: set.length };
  }
  const keys = new Set<string>();
  for (const [i, { id, consensusKey }] of set.entries()) {
    // Ids are ASCII: code units order them like bytes, a proper prefix first.
    const previous = set[i - 1]?.id;
    if (previous !== undefined && previous >= id) {
      return { path: `${path}[${i}].id`, expected: `an id above '${previous}'`, got: id };
    }
    if (keys.has(consensusKey)) {
      return { path: `${path}[${i}].consensusKey`, expected: 'each key once', got: consensusKey };
    }
    keys.add(consensusKey);
  }
  return undefined;
};
