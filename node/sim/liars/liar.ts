/**
 * A liar is the honest node with a false mouth: it sees what its node would say and says something else, or acts
 * on its own, with the node's key. Liars live in the simulator only.
 */
import type { ValidatorId } from '../../../shared/types/brands.ts';
import type { LinkMessage } from '../../runtime/wire.ts';
import type { LiarTools } from './tools.ts';

/** `twins` are not a mouth: two nodes that share one key (see twins.ts). */
export type MouthKind =
  | 'equivocator'
  | 'censor'
  | 'crawler'
  | 'withholder'
  | 'splitter'
  | 'meddler'
  | 'forger'
  | 'flooder'
  | 'hoarder'
  | 'replayer'
  | 'claim-forger'
  | 'turncoat'
  | 'stale-proposer';
export type LiarKind = MouthKind | 'twins';

export interface Said {
  readonly message: LinkMessage;
  readonly delayMs?: number;
}

export interface Liar {
  /** What leaves instead, for this peer. */
  says(to: ValidatorId, message: LinkMessage): readonly Said[];
  /** False: its node never learns of it. */
  hears?(from: ValidatorId, message: LinkMessage): boolean;
  /** Called now and then. */
  acts?(): void;
}

export type CreateLiar = (tools: LiarTools) => Liar;
