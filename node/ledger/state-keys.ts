/**
 * Names of everything in state. Ids of members, identities, validators and assets have no `/`; free text (stream
 * names, eventIds) stands last or behind its length, so that no two things share a key.
 *
 * Keys under `bound/` are state like all others: they are read, written, kept in snapshots. They have no leaf of
 * their own in the state tree; a running digest in some leaf binds them instead (docs/decisions/003-state-without-leaves.md).
 */

const boundPrefix = 'bound/';

/** Whether the state tree has a leaf for this key. */
export function hasLeaf(key: string): boolean {
  return !key.startsWith(boundPrefix);
}

export const stateKeys = {
  networkName: 'network/name',
  protocol: 'network/protocol',
  parameters: 'network/parameters',
  /** Ids of all members, sorted. */
  members: 'network/members',
  member: (id: string): string => `network/members/${id}`,
  /** Ids of all validators, sorted. */
  validators: 'network/validators',
  validator: (id: string): string => `network/validators/${id}`,

  /** Ids of all observers, sorted; they share the validators' namespace. */
  observers: 'network/observers',
  observer: (id: string): string => `network/observers/${id}`,
  /** A validator that was removed: its id is never given again. */
  former: (id: string): string => `network/former/${id}`,

  /** How many have begun. */
  epochCount: 'epochs/count',
  epoch: (epoch: number): string => `epochs/${epoch}`,

  identity: (id: string): string => `identities/by-id/${id}`,
  /** Public key → identity id; of the present key alone. */
  identityOfKey: (key: string): string => `identities/by-key/${key}`,
  /** Ids of a member's active admins, sorted. */
  admins: (member: string): string => `identities/admins/${member}`,
  /** How many a member ever had, and the id of each, by number from 0 in the order in which they were added. */
  identityCount: (member: string): string => `identities/of/${member}`,
  identityNumbered: (member: string, number: number): string => `identities/of/${member}/${number}`,

  /** Every key ever registered, by 64 hex digits. */
  key: (key: string): string => `keys/${key}`,
  /** All that an owner ever had of a kind, in the order in which they were registered. */
  keysOf: (kind: string, owner: string): string => `keys/of/${kind}/${owner}`,

  thresholds: 'governance/thresholds',
  /** Of genesis, and by no event after it. */
  recoveryThreshold: 'governance/recovery',
  /** How many were made over the whole ledger. */
  proposalCount: 'governance/count',
  proposal: (number: number): string => `governance/proposals/${number}`,
  /** Those that wait for ballots or execution: number, member and expiry; expired ones leave when another comes. */
  openProposals: 'governance/open',

  /** How many recoveries the ledger has recorded. */
  recoveryCount: 'recovery/count',
  recovery: (number: number): string => `recovery/${number}`,

  /** How many were approved over the whole ledger. */
  activationCount: 'activation/count',
  activation: (number: number): string => `activation/${number}`,
  /** Number of the activation that is approved or scheduled. */
  pendingActivation: 'activation/pending',
  /** Vote store → id of the validator that it was registered for. */
  incarnation: (incarnation: string): string => `incarnations/${incarnation}`,

  stream: (name: string): string => `streams/${name}`,
  /** How many streams have a record of a schema; absent if none ever had one. */
  streamSchemas: 'streams-schemas',
  streamSchema: (stream: string): string => `streams-schemas/${stream}`,
  /** How many were ever recorded, and the digest of each, by number from 0 in the order of their appends. */
  payloadCount: 'payloads/count',
  payloadNumbered: (number: number): string => `payloads/numbered/${number}`,
  /** By 64 hex digits. */
  payload: (digest: string): string => `payloads/${digest}`,
  /** Keys of all events begin with this. */
  eventIds: `${boundPrefix}event-ids/`,
  eventId: (stream: string, eventId: string): string =>
    `${boundPrefix}event-ids/${stream.length}/${stream}/${eventId}`,

  /** How many were recorded over the whole ledger. */
  evidenceCount: 'validator/evidence/count',
  evidence: (number: number): string => `validator/evidence/records/${number}`,
  /** Number of what is recorded for this (validator, epoch, kind). */
  evidenceOf: (validator: string, epoch: number, kind: string): string =>
    `validator/evidence/of/${epoch}/${validator}/${kind}`,

  asset: (asset: string): string => `assets/definitions/${asset}`,
  balance: (asset: string, identity: string): string => `assets/balances/${asset}/${identity}`,

  /** Expiry minutes that hold pairs, ascending. */
  pairMinutes: 'pairs/minutes',
  /** Running digest of a minute's pairs. */
  pairMinute: (minute: number): string => `pairs/minutes/${minute}`,
  pair: (sender: string, nonce: string): string => `${boundPrefix}pairs/by-nonce/${sender}${nonce}`,
  /** The pairs that one block added to a minute, in order. */
  pairPage: (minute: number, page: number): string => `${boundPrefix}pairs/pages/${minute}/${page}`,
  /** Pages of minutes that ended, not yet collected. */
  endedPairs: `${boundPrefix}pairs/ended`,
} as const;
