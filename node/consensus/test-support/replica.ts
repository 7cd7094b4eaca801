/** One replica of a cluster as its test sees it, and what is on the way to it. */
import type { Height, TransactionId, ValidatorId } from '../../../shared/types/brands.ts';
import type { ConsensusState } from '../step.ts';
import type { Input, Output, RestsOn, UnsignedMessage } from '../types.ts';
import type { Disk, StoredBlock } from './disk.ts';

export type Of<Type extends Output['type']> = Extract<Output, { type: Type }>;

/** Work on the way to a replica's own core; `intent` is not yet on its disk. */
type LocalWork =
  | { readonly kind: 'input'; readonly input: Input }
  | {
      readonly kind: 'intent';
      readonly message: UnsignedMessage;
      readonly restsOn: readonly RestsOn[];
      readonly send: boolean;
    };

export interface Replica {
  readonly id: ValidatorId;
  /** The id, or with a prime for the second one that signs with the same key. */
  readonly name: string;
  disk: Disk;
  state: ConsensusState;
  alive: boolean;
  local: LocalWork[];
  /** Blocks executed, certified or not. */
  executed: Map<Height, Omit<StoredBlock, 'certificate'>>;
  readonly pool: Set<TransactionId>;
  proposed: Set<TransactionId>;
  readonly outputs: Output[];
}

export interface Delivery {
  readonly to: Replica;
  readonly input: Input;
}

export const replicaOf = (id: ValidatorId, suffix: string, disk: Disk, state: ConsensusState): Replica => ({
  id,
  name: `${id}${suffix}`,
  disk,
  state,
  alive: true,
  local: [],
  executed: new Map(),
  pool: new Set(),
  proposed: new Set(),
  outputs: [],
});
