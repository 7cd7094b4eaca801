/** Bounds of what a transaction may carry. All replicas must agree on them: they belong to the protocol version. */
import { rotationAheadMax } from '../../shared/types/epochs.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';

/** Largest amount, balance and supply: 2^64−1. */
export const amountMax = 18_446_744_073_709_551_615n;

/** From and to which a parameter of a running network may be set; limits that links and memory rest on. */
export const parameterBounds: {
  readonly [name in keyof NetworkParameters]: readonly [min: number, max: number];
} = {
  window: [1, 256],
  batchLimit: [1, 100_000],
  // What a frame of a link holds, 16 MiB, is twice as much and 4 MiB (frameBytesMax).
  batchBytesMax: [4 * 1024, 6 * 1024 * 1024],
  // A proposal must always fit.
  envelopeBytesMax: [4 * 1024, 6 * 1024 * 1024],
  driftMs: [100, 60 * 60 * 1000],
  lifetimeMs: [10_000, 24 * 60 * 60 * 1000],
  heartbeatMs: [20, 60_000],
  primarySilenceMs: [40, 10 * 60 * 1000],
  viewTimeoutMs: [50, 10 * 60 * 1000],
  viewTimeoutMaxMs: [50, 60 * 60 * 1000],
  waitingTimeoutMs: [50, 10 * 60 * 1000],
  waitingPerPeer: [1, 1024],
};

/** Sizes are bytes of UTF-8 unless the name says otherwise. */
export const limits = {
  streamNameBytesMax: 200,
  eventIdBytesMax: 200,
  eventTypeBytesMax: 100,
  eventsPerAppendMax: 256,
  /** That one payload was granted for, directly or by one to whom it was granted: erasing it erases them all. */
  grantsPerPayloadMax: 64,
  payloadsPerErasureMax: 16,
  /** Of all payloads that the transactions of one batch name: a proposal must not make others fetch without end. */
  batchPayloadBytesMax: 16 * 1024 * 1024,
  /** What each of them counts for at least: very many small ones take longer to fetch than few large ones. */
  batchPayloadBytesEach: 16 * 1024,
  labelsPerEventMax: 16,
  labelNameBytesMax: 64,
  labelValueBytesMax: 256,
  referencesPerEventMax: 32,
  referenceBytesMax: 256,
  assetNameBytesMax: 200,
  assetDecimalsMax: 30,
  /** Of an issue, a transfer, a burn. */
  memoBytesMax: 200,
  memberNameBytesMax: 200,
  addressBytesMax: 200,
  /** Of a proposal, a suspicion, a revocation. */
  reasonBytesMax: 1000,
  actionsPerProposalMax: 16,
  /** Of an event schema, encoded. */
  schemaBytesMax: 32 * 1024,
  /** Schemas that one value meets, one inside the other. */
  schemaNestingMax: 16,
  /** Of checking all events of one append (node/ledger/schema/meter.ts). */
  schemaStepsMax: 65_536,
  /** Of all appends of a block beyond the steps that each has for its own bytes: one for so many of `batchBytesMax`. */
  schemaBytesPerSharedStep: 4,
  /** Days from proposal to expiry, at most 30. */
  proposalLifetimeMsMax: 30 * 24 * 60 * 60 * 1000,
  /** Proposals that wait for ballots or for their execution, over all and of one member. */
  openProposalsMax: 100,
  openProposalsPerMemberMax: 10,
  /** How long an activation waits to be armed, from its approval: what may be asked for, and what nobody asked for. */
  deadlineMsMin: 1_000,
  deadlineMsMax: 30 * 24 * 60 * 60 * 1000,
  ballotDeadlineMs: 24 * 60 * 60 * 1000,
  rotationDeadlineMs: 60 * 60 * 1000,
  rotationAheadMax,
  /** Heights for which a key registered after genesis is not replaced by its holder alone. */
  rotationPaceHeights: 1_000,
  /** For which evidence of an epoch is taken behind its end (node/ledger/modules/evidence-age.ts). */
  evidenceHeights: 1_000,
  /** Of one validator and activation: the first record and eight that replace it, each of which costs Q attestations. */
  readyTimesMax: 9,
  /** How long links with a node's old key are admitted beside its new one. */
  nodeKeyOverlapMs: 60 * 60 * 1000,
  nodeKeyOverlapMsMax: 7 * 24 * 60 * 60 * 1000,
} as const;
