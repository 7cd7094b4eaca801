/** Read questions that storage answers to gateway and CLI. All answers are about certified blocks only. */

import type { SparseMerkleProof } from '../../shared/crypto/sparse-merkle-tree.ts';
import type { BlockHash, Digest, Epoch, Height, TransactionId } from '../../shared/types/brands.ts';
import type { Certificate, Header, InclusionProof, Outcome, StreamEvent } from '../../shared/types/ledger.ts';
import type { StateView } from '../ledger/types.ts';

export interface BlockSummary {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** Absent at genesis. */
  readonly certificate?: Certificate;
  /** Transactions that ran. */
  readonly transactionCount: number;
  readonly failedCount: number;
  /** False: its transactions are not here, because they were pruned or a snapshot took their place. */
  readonly hasBody?: boolean;
}

export interface TransactionRecord {
  readonly id: TransactionId;
  readonly height: Height;
  readonly block: BlockHash;
  /** Position in the block's trees. */
  readonly index: number;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
  /** Identity id, or undefined if the sender's key was unknown. */
  readonly sender?: string;
  readonly senderKey: string;
  readonly action: string;
  readonly envelope: Uint8Array;
  readonly outcome: Outcome;
  readonly outcomeBytes: Uint8Array;
}

export interface TransactionFilter {
  readonly sender?: string;
  readonly receiver?: string;
  readonly action?: string;
  readonly stream?: string;
  /** `name=value` */
  readonly label?: string;
  readonly status?: 'succeeded' | 'failed';
  /** Block time, inclusive, milliseconds since 1970. */
  readonly fromTime?: number;
  readonly toTime?: number;
  readonly fromHeight?: Height;
  readonly toHeight?: Height;
}

/** Newest first unless `ascending`. A cursor is opaque text; absent at the end. */
export interface PageRequest {
  readonly cursor?: string;
  readonly limit: number;
  readonly ascending?: boolean;
}
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next?: string;
}

export interface StreamSummary {
  readonly stream: string;
  /** Events in it. */
  readonly length: number;
  readonly firstHeight: Height;
  readonly lastHeight: Height;
  readonly lastTime: number;
}
export interface IndexedStreamEvent extends StreamEvent {
  readonly height: Height;
  readonly transaction: TransactionId;
  readonly time: number;
  /** Position over all streams, from 0: subscriptions resume by it. */
  readonly position: number;
}

export interface AnalyticsRow {
  /** Bucket start in ISO 8601 for `time`, else the action, sender or receiver. */
  readonly key: string;
  readonly count: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly bytes: number;
}

export interface LedgerQueries {
  /** Highest certified height that is indexed. */
  indexedHeight(): Height;
  /** Highest certified and durable height: blocks, their transactions and receipts are readable up to it. */
  certifiedHeight(): Height;
  block(at: Height | BlockHash): BlockSummary | undefined;
  /** The encoded recovery certificate that led to this epoch; undefined if none did. */
  recovery(epoch: Epoch): Uint8Array | undefined;
  blocks(page: PageRequest): Page<BlockSummary>;
  blockTransactions(height: Height): readonly TransactionRecord[];
  /** In the order of the block's trees; without reading anything else of them. */
  blockTransactionIds(height: Height): readonly TransactionId[];
  transaction(id: TransactionId): TransactionRecord | undefined;
  transactions(filter: TransactionFilter, page: PageRequest): Page<TransactionRecord>;
  /** The id that ran for this pair, if any (for `superseded`). */
  pairRan(senderKey: string, nonce: string): TransactionId | undefined;
  inclusion(
    height: Height,
    index: number,
  ): { readonly transaction: InclusionProof; readonly outcome: InclusionProof };
  streams(prefix: string, page: PageRequest): Page<StreamSummary>;
  /** `asOf`: only events of blocks up to that height. */
  streamEvents(
    stream: string,
    range: { readonly from: number; readonly to?: number; readonly limit: number; readonly asOf?: Height },
  ): readonly IndexedStreamEvent[];
  streamLength(stream: string, asOf?: Height): number | undefined;
  /** Events over all streams from a position on, for subscriptions. */
  events(fromPosition: number, limit: number): readonly IndexedStreamEvent[];
  /** Ids of assets that begin so, by id. */
  assets(prefix: string, page: PageRequest): Page<string>;
  balances(asset: string, asOf?: Height): readonly { readonly identity: string; readonly amount: bigint }[];
  /** That no block from this time on (milliseconds since 1970) is one that was never here. @throws `pruned` */
  requireIndexed?(fromTime: number): void;
  /** State at the highest certified and durable height. It changes under its reader from one block to the next. */
  certifiedState(): StateView & { readonly height: Height };
  /** Value and proof against the header of a certified height, which is returned. */
  stateProof(key: string): {
    readonly height: Height;
    readonly value?: Uint8Array;
    readonly proof: SparseMerkleProof;
  };
  /** RFC 9162 consistency proof between the histories of two heights, and the headers that carry the roots. */
  historyConsistency(from: Height, to: Height): readonly Digest[];
  /** Inclusion of block `height` in the history carried by header `at`. */
  historyInclusion(height: Height, at: Height): InclusionProof;
  analytics(
    by: 'time' | 'action' | 'sender' | 'receiver',
    options: {
      readonly fromTime?: number;
      readonly toTime?: number;
      readonly bucketMs?: number;
      readonly limit: number;
    },
  ): readonly AnalyticsRow[];
}
