/** Who decides in an epoch and under which parameters, and what a block says about the epoch's end (rules E1–E3). */
import type { Epoch, Height } from './brands.ts';
import type { GenesisValidator } from './ledger.ts';
import type { NetworkParameters } from './parameters.ts';

/** Heights from its block on at which a rotation without ballots takes effect at the latest; by ballots there is no limit. */
export const rotationAheadMax = 256;

/** Of one epoch, wholly from state. */
export interface Membership {
  readonly epoch: Epoch;
  /** 1 in epoch 0. */
  readonly firstHeight: Height;
  /** Sorted by id, incarnations included. */
  readonly validators: readonly GenesisValidator[];
  readonly parameters: NetworkParameters;
  /** Version of the execution rules. */
  readonly protocol: number;
  /** A recovery led to it: nobody's seals certify the block before its first one (docs/recovery.md). */
  readonly byRecovery?: true;
}

/** What the state after a block says about the end of its epoch. */
export type Boundary =
  | {
      readonly kind: 'within';
      /** a − 1 of a scheduled activation: nothing above it is proposed, accepted or sealed in this epoch. */
      readonly lastHeight?: Height;
      /** The epoch that begins at a, unless its activation is withdrawn until then. */
      readonly scheduled?: Membership;
      /** Deadline of an approved activation that is not armed, milliseconds since 1970. */
      readonly lapseAt?: number;
    }
  /** This block is a − 1. */
  | { readonly kind: 'handover'; readonly next: Membership };
