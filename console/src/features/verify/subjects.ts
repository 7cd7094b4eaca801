import type {
  BlockJson,
  BlockSummaryJson,
  CertifiedTransactionJson,
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
  /** A receipt needs the genesis beside it, which a pack carries. */
  | { readonly kind: 'receipt'; readonly bytes: Uint8Array; readonly genesis: Origin }
  | {
      readonly kind: 'block';
      readonly block: BlockJson;
      readonly genesis: Origin;
      /** Absent for the newest block, which nothing follows yet. */
      readonly inclusion?: HistoryInclusionJson;
    }
  | { readonly kind: 'certificate'; readonly block: BlockSummaryJson; readonly genesis: Origin }
  | { readonly kind: 'state'; readonly key: string; readonly entry: StateJson; readonly genesis: Origin }
  | { readonly kind: 'stream'; readonly claim: StreamClaim; readonly genesis: Origin }
  /** A genesis alone: whether it is the one that the id names. */
  | { readonly kind: 'genesis'; readonly genesis: Origin }
  | ChainReportSubject
  | { readonly kind: 'heights'; readonly heights: TwoHeights; readonly genesis: Origin };

/** What somebody found who verified a chain, and whose signature is over it. */
export interface ChainReportSubject {
  readonly kind: 'chain-report';
  readonly bytes: Uint8Array;
  readonly key?: string;
  readonly signature?: Uint8Array;
}

/** What a chain begins with: enough to know the first validators. */
export type Origin = Pick<GenesisJson, 'headerBytes' | 'validators'>;

/** Under which key state has the head of a stream. */
export const streamKey = (name: string): string => `streams/${name}`;

export interface VerifyRequest {
  readonly id: number;
  readonly subject: Subject;
  /** The pinned network id: the only thing that is trusted. */
  readonly network: string;
}

export type VerifyReply = WorkerReply<VerificationReport>;
