import type { Check } from '../../../../../shared/protocol/checks.ts';
import type { ChainPoint } from '../../../../../shared/protocol/verify-chain.ts';
import type { RecoveryBreak } from '../../../../../shared/types/recovery.ts';

/** To the worker that walks the chain. */
export type ChainCall = ChainStart | { readonly type: 'stop' };

export interface ChainStart {
  readonly type: 'start';
  /** The pinned network id: the only thing that is trusted. */
  readonly network: string;
  /** Origin of the gateway that serves the blocks. */
  readonly gateway: string;
  /** For a gateway at which this browser has no cookie. */
  readonly authorization?: string;
  /** Height that the gateway says it has. */
  readonly target: number;
  /** The highest block that this browser verified before, if it is of this network. */
  readonly seen?: SeenBlock;
}

export interface SeenBlock {
  readonly height: number;
  readonly block: string;
}

/** Where a verification stands; kept in this browser, so that a closed page loses a second at most. */
export interface Checkpoint {
  readonly network: string;
  readonly point: ChainPoint;
  /** Of the page of blocks that came last; a gateway that does not know it is asked from the start. */
  readonly cursor?: string;
  /** Signatures of validators verified so far. */
  readonly seals: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly savedAt: number;
}

export interface ChainProgress {
  readonly height: number;
  readonly block: string;
  readonly epoch: number;
  readonly seals: number;
  readonly startedAt: number;
  readonly at: number;
  /** Blocks and milliseconds of this run, which began where the last one stopped. */
  readonly runBlocks: number;
  readonly runMs: number;
  /** False if this browser keeps nothing: a reload begins anew. */
  readonly kept: boolean;
  /** Places on the way that no quorum proves, over which a recovery led. */
  readonly breaks: readonly RecoveryBreak[];
}

export interface ChainFailure {
  readonly height: number;
  readonly checks: readonly Check[];
}

/** From the worker. */
export type ChainEvent =
  | { readonly type: 'progress' | 'verified' | 'stopped'; readonly progress: ChainProgress }
  | { readonly type: 'failed'; readonly progress?: ChainProgress; readonly failure: ChainFailure }
  | { readonly type: 'crashed'; readonly message: string };
