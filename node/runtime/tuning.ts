/** Local knobs: no replica depends on another's values (rule of style: agreed and local are different types). */
import { blocksPerAnswerMax } from './wire-bounds.ts';

export interface RuntimeTuning {
  /** Waiting transactions and their bytes that the pool holds at most. */
  readonly poolCountMax: number;
  readonly poolBytesMax: number;
  /** Clients are refused when more waits than is certified in so long, but never below so many. */
  readonly backlogMs: number;
  readonly backlogCountMin: number;
  /** While this many of our batches are uncertified, only a full batch is proposed. */
  readonly pipelineDepth: number;
  /** While batches are uncertified, the next waits this long for company, or until so many transactions wait. */
  readonly batchDelayMs: number;
  readonly batchEnough: number;
  /** A proposed body that may still be on its way is not asked for before this has passed. */
  readonly bodyGraceMs: number;
  /** A holder that has not answered by then is passed over (rule N3). */
  readonly fetchTimeoutMs: number;
  /** How often it is looked at whom to ask for payloads that are not here. */
  readonly payloadRetryMs: number;
  /** Payloads of the ledger that are looked for in one go, and the pause until the next. */
  readonly payloadScan: number;
  readonly payloadScanMs: number;
  /** How often payloads that no event came to name are looked for. */
  readonly payloadSweepMs: number;
  /** Payloads that nothing needs any more leave the disk together, after this. */
  readonly payloadDropMs: number;
  /** Bytes of payloads of clients' transactions that are not ordered: each member has an equal share. */
  readonly loosePayloadBytesMax: number;
  /**
   * The same of what one peer spreads. No less than what clients may bring to it: what it pooled the others must have
   * room for (docs/payloads.md), so that all nodes of a network have the same here.
   */
  readonly loosePayloadBytesPerPeerMax: number;
  /** Rule C3: a peer that has not answered with blocks, headers or state by then stalls. */
  readonly rangeTimeoutMs: number;
  /** Rule F1: own transactions that have waited this long are handed over, and again at this interval. */
  readonly handOverMs: number;
  /** Rule V6: peers exchange their status this often. */
  readonly statusMs: number;
  /** How often names are looked at that nobody bears any more. */
  readonly forgetMs: number;
  /** Rule C3: a peer that serves junk or stalls is not asked for blocks for so long. */
  readonly putAsideMs: number;
  /** A node that is so many blocks behind takes in a snapshot instead of them (rule C2). */
  readonly snapshotDistance: number;
  /** Blocks, no more than a frame may hold, and bytes in one answer to a peer that is behind. */
  readonly blocksPerChunk: number;
  readonly chunkBytesMax: number;
  /** Transaction signatures handed to the verifier at once, so that votes need not wait behind a long run. */
  readonly verifyChunk: number;
  /** Spread transactions that are decoded in one go; the rest waits, and votes that arrive meanwhile go first. */
  readonly intakeSlice: number;
  /** Stored blocks are read whole for damage: so many transactions, a pause, and after the last one a long rest. */
  readonly inspectTransactions: number;
  readonly inspectPauseMs: number;
  readonly inspectAgainMs: number;
  /** A damaged block that no peer could give is asked for again after this. */
  readonly repairRestMs: number;
  /** Unverified frames of one peer held at most; more are dropped. */
  readonly heldPerPeerMax: number;
  /** Of those, VIEW-CHANGEs and NEW-VIEWs, which hold many signatures. An honest peer has two on the way. */
  readonly heldNestedPerPeerMax: number;
  /**
   * Bytes of unverified transactions of one peer held at most, with what each takes beside its own; more are dropped,
   * and handed over again later.
   */
  readonly uncheckedBytesPerPeerMax: number;
}

export const defaultTuning: RuntimeTuning = {
  poolCountMax: 50_000,
  poolBytesMax: 128 * 1024 * 1024,
  backlogMs: 3_000,
  backlogCountMin: 3_000,
  pipelineDepth: 2,
  batchDelayMs: 150,
  batchEnough: 500,
  bodyGraceMs: 15,
  fetchTimeoutMs: 300,
  payloadRetryMs: 250,
  payloadScan: 200,
  payloadScanMs: 20,
  payloadSweepMs: 60_000,
  payloadDropMs: 1_000,
  loosePayloadBytesMax: 512 * 1024 * 1024,
  loosePayloadBytesPerPeerMax: 512 * 1024 * 1024,
  rangeTimeoutMs: 1_000,
  handOverMs: 500,
  statusMs: 1_000,
  forgetMs: 30_000,
  putAsideMs: 5_000,
  snapshotDistance: 500,
  blocksPerChunk: blocksPerAnswerMax,
  chunkBytesMax: 1024 * 1024,
  inspectTransactions: 200,
  inspectPauseMs: 200,
  inspectAgainMs: 6 * 3_600_000,
  repairRestMs: 10_000,
  verifyChunk: 256,
  intakeSlice: 256,
  heldPerPeerMax: 1_024,
  heldNestedPerPeerMax: 16,
  uncheckedBytesPerPeerMax: 16 * 1024 * 1024,
};
