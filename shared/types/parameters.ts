/** What all replicas must agree on: fixed in genesis, changed only at an epoch's activation (rule E1). */
export interface NetworkParameters {
  /** Sequence numbers in flight above the highest certified and executed height. */
  readonly window: number;
  /** Transactions in one batch at most. */
  readonly batchLimit: number;
  /** Bytes of all envelopes of one batch at most. */
  readonly batchBytesMax: number;
  /** Bytes of one envelope at most. */
  readonly envelopeBytesMax: number;
  /** Allowed distance between a batch's time and a validator's clock (rule N1). */
  readonly driftMs: number;
  /** Longest life of a transaction (rule X2). */
  readonly lifetimeMs: number;
  /** Every validator signs a heartbeat this often (rule F3). */
  readonly heartbeatMs: number;
  /** A primary silent for longer is suspected (rule V1). */
  readonly primarySilenceMs: number;
  /** First view-change timeout; doubles per failed view (rule V4). */
  readonly viewTimeoutMs: number;
  /** Cap of the view-change timeout (rule V4). */
  readonly viewTimeoutMaxMs: number;
  /** Deadline of a handed-over transaction (rule F1). */
  readonly waitingTimeoutMs: number;
  /** K of rule F1: places each peer has for its oldest waiting transactions. */
  readonly waitingPerPeer: number;
}

/** Values of the working example; `network.yaml` may override each. */
export const defaultParameters: NetworkParameters = {
  window: 16,
  batchLimit: 1000,
  batchBytesMax: 4 * 1024 * 1024,
  envelopeBytesMax: 64 * 1024,
  driftMs: 30_000,
  lifetimeMs: 600_000,
  heartbeatMs: 250,
  primarySilenceMs: 1_500,
  viewTimeoutMs: 2_000,
  viewTimeoutMaxMs: 60_000,
  waitingTimeoutMs: 4_000,
  waitingPerPeer: 64,
};

export const parameterNames = Object.keys(defaultParameters) as (keyof NetworkParameters)[];
