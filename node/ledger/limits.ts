/** Bounds of what a transaction may carry. All replicas must agree on them: they belong to the protocol version. */

/** Version of the execution rules; kept in state under `network/protocol`. */
export const protocolVersion = 1;

/** Largest amount, balance and supply: 2^64−1. */
export const amountMax = 18_446_744_073_709_551_615n;

/** Sizes are bytes of UTF-8 unless the name says otherwise. */
export const limits = {
  streamNameBytesMax: 200,
  eventIdBytesMax: 200,
  eventTypeBytesMax: 100,
  eventsPerAppendMax: 256,
  labelsPerEventMax: 16,
  labelNameBytesMax: 64,
  labelValueBytesMax: 256,
  referencesPerEventMax: 32,
  referenceBytesMax: 256,
  assetNameBytesMax: 200,
  assetDecimalsMax: 30,
  memberNameBytesMax: 200,
  addressBytesMax: 200,
  /** Of a proposal, a suspicion, a revocation. */
  reasonBytesMax: 1000,
  actionsPerProposalMax: 16,
  /** Days from proposal to expiry, at most 30. */
  proposalLifetimeMsMax: 30 * 24 * 60 * 60 * 1000,
  /** Proposals that wait for ballots or for their execution, over all and of one member. */
  openProposalsMax: 100,
  openProposalsPerMemberMax: 10,
} as const;
