/** A set as certificates need it: of an epoch of state, or of genesis. */
import type { GenesisValidator, ValidatorSet } from '../../shared/types/ledger.ts';

export const validatorSetOf = ({
  validators,
}: {
  readonly validators: readonly GenesisValidator[];
}): ValidatorSet =>
  validators
    .map(({ id, member, consensusKey }) => ({ id, member, consensusKey }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
