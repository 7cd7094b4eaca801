/** The end of a node whose operator accepted a recovery that its own ledger, once it is there, does not bear out. */
import type { Height } from '../../shared/types/brands.ts';

export interface RecoveryStop {
  readonly code: 'recovery-unfit';
  readonly facts: { readonly height: Height; readonly problem: string; readonly next: string };
}

const next =
  'Nothing of the recovery was done here. If the nodes of other members went on by it, this one holds other blocks: keep a copy, and let it fetch the ledger anew into an empty directory. If none did, the members plan again.';

/** @param height the last block that the recovery keeps */
export const recoveryStop = (height: Height, problem: string): RecoveryStop => ({
  code: 'recovery-unfit',
  facts: { height, problem, next },
});
