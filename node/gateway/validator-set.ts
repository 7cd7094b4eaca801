/** The set that seals blocks; fixed by genesis while there is one epoch. */
import type { GenesisDocument, ValidatorSet } from '../../shared/types/ledger.ts';

export const validatorSetOf = ({ validators }: GenesisDocument): ValidatorSet =>
  validators
    .map(({ id, member, consensusKey }) => ({ id, member, consensusKey }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
