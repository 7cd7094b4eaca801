/** What every room of the runtime shares: who we are, the ports, the one loop, and the links. */
import type { Height, NetworkId, ValidatorId } from '../../shared/types/brands.ts';
import type { ValidatorSet } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { Input } from '../consensus/types.ts';
import type { EpochBook } from './epoch-book.ts';
import type { EpochTrail } from './epoch-trail.ts';
import type { RuntimePorts } from './ports.ts';
import type { Rejections } from './rejections.ts';
import type { RuntimeTuning } from './tuning.ts';
import type { LinkMessage } from './wire.ts';

export interface RuntimeContext {
  readonly network: NetworkId;
  /** Who decides and under which parameters: asked at each use, since both change with the epoch. */
  readonly epochs: EpochBook;
  /** Who seals above what is executed here. */
  readonly trail: EpochTrail;
  readonly self: ValidatorId;
  readonly ports: RuntimePorts;
  readonly tuning: RuntimeTuning;
  /** Puts an input before the consensus core and runs the loop until nothing is left to do. */
  feed(input: Input): void;
  /** Something changed outside consensus that the end of a turn looks at, such as the pool. */
  wake(): void;
  send(to: ValidatorId, message: LinkMessage): void;
  /** To the validators of this epoch whose link is open: votes, and what takes part in agreement. */
  broadcast(message: LinkMessage): void;
  /** To every open link, also of those who only follow. */
  spread(message: LinkMessage): void;
  /** Logs and counts what a peer sent against a rule (rule M4). */
  readonly reject: Rejections['reject'];
  /** Highest certified height that is durable and executed here. */
  certifiedHeight(): Height;
}

/** Other validators of this epoch, in the order of their ids. */
export const peersOf = ({ epochs, self }: Pick<RuntimeContext, 'epochs' | 'self'>): readonly ValidatorId[] =>
  validatorsOf({ epochs })
    .map((validator) => validator.id)
    .filter((id) => id !== self);

/** Of this epoch, sorted by id. */
export const validatorsOf = ({ epochs }: Pick<RuntimeContext, 'epochs'>): ValidatorSet =>
  epochs.current().validators;

/** In force in this epoch. */
export const parametersOf = ({ epochs }: Pick<RuntimeContext, 'epochs'>): NetworkParameters =>
  epochs.current().parameters;
