import type {
  BlockJson,
  BlockSummaryJson,
  CertifiedTransactionJson,
  EpochLinkJson,
  GenesisJson,
  HistoryInclusionJson,
  StateJson,
} from '../../../../shared/api.ts';
import type { WorkerReply } from '../../lib/worker-client.ts';
import type { TwoHeights } from '../../workers/check-heights.ts';
import type { StreamClaim } from '../../workers/check-stream.ts';
import type { VerificationReport } from './checks.ts';

/** What the worker can prove. Bytes and JSON are exactly as they came from the node or the file. */
export type Subject =
  /** A proof pack; `shown` is what a page says that it proves. */
  | { readonly kind: 'pack'; readonly bytes: Uint8Array; readonly shown?: CertifiedTransactionJson }
  | { readonly kind: 'receipt'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'block';
      readonly block: BlockJson;
      /** Absent for the newest block, which nothing follows yet. */
      readonly inclusion?: HistoryInclusionJson;
    }
  | { readonly kind: 'certificate'; readonly block: BlockSummaryJson }
  | { readonly kind: 'state'; readonly key: string; readonly entry: StateJson }
  | { readonly kind: 'stream'; readonly claim: StreamClaim }
  /** A genesis alone: whether it is the one that the id names. */
  | { readonly kind: 'genesis'; readonly genesis: Origin }
  | ChainReportSubject
  | { readonly kind: 'heights'; readonly heights: TwoHeights };

/** What somebody found who verified a chain, and whose signature is over it. */
export interface ChainReportSubject {
  readonly kind: 'chain-report';
  readonly bytes: Uint8Array;
  readonly key?: string;
  readonly signature?: Uint8Array;
}

/** What a chain begins with: enough to know the first validators. */
export type Origin = Pick<GenesisJson, 'headerBytes' | 'validators'>;

/** What a node or a file says of the epochs of a network: whether it is so is proven from the network id. */
export interface EpochsClaim {
  readonly genesis: Origin;
  /** The hand-overs behind it: the first one leads to epoch 1. */
  readonly links: readonly EpochLinkJson[];
}

/** Under which key state has the head of a stream. */
export const streamKey = (name: string): string => `streams/${name}`;

export interface VerifyRequest {
  readonly id: number;
  readonly subject: Subject;
  /** The pinned network id: the only thing that is trusted. */
  readonly network: string;
  /** Who sealed what. Only a pack, which carries its own, a genesis and a report of a chain go without. */
  readonly epochs?: EpochsClaim;
}

export interface VerifyAnswer {
  readonly report: VerificationReport;
  /** So many hand-overs of the claim hold, from the first one on; absent if its genesis is not the pinned one. */
  readonly held?: number;
}

export type VerifyReply = WorkerReply<VerifyAnswer>;
