/** What every room of the runtime shares: who we are, the ports, the one loop, and the links. */
import type { Epoch, Height, NetworkId, PublicKey, ValidatorId } from '../../shared/types/brands.ts';
import type { ValidatorSet } from '../../shared/types/ledger.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';
import type { Input } from '../consensus/types.ts';
import type { RuntimePorts } from './ports.ts';
import type { Rejections } from './rejections.ts';
import type { RuntimeTuning } from './tuning.ts';
import type { LinkMessage } from './wire.ts';

export interface RuntimeContext {
  readonly network: NetworkId;
  readonly parameters: NetworkParameters;
  /** Sorted by id. */
  readonly validators: ValidatorSet;
  readonly keys: ReadonlyMap<ValidatorId, PublicKey>;
  readonly self: ValidatorId;
  readonly epoch: Epoch;
  readonly ports: RuntimePorts;
  readonly tuning: RuntimeTuning;
  /** Puts an input before the consensus core and runs the loop until nothing is left to do. */
  feed(input: Input): void;
  /** Something changed outside consensus that the end of a turn looks at, such as the pool. */
  wake(): void;
  send(to: ValidatorId, message: LinkMessage): void;
  /** To every open link. */
  broadcast(message: LinkMessage): void;
  /** Logs and counts what a peer sent against a rule (rule M4). */
  readonly reject: Rejections['reject'];
  /** Highest certified height that is durable and executed here. */
  certifiedHeight(): Height;
}

/** Other validators, in the order of their ids. */
export const peersOf = (context: Pick<RuntimeContext, 'validators' | 'self'>): readonly ValidatorId[] =>
  context.validators.map((validator) => validator.id).filter((id) => id !== context.self);
