/** The one table of endpoints: routing, OpenAPI, the typed client and the tests are driven by it. */
import * as z from 'zod/mini';
import * as blocks from './blocks.ts';
import * as diagnosis from './diagnosis.ts';
import * as disk from './disk.ts';
import * as epochs from './epochs.ts';
import * as evidence from './evidence.ts';
import * as exports from './export.ts';
import * as governance from './governance.ts';
import * as history from './history.ts';
import * as keys from './keys.ts';
import * as network from './network.ts';
import * as payloads from './payloads.ts';
import * as records from './records.ts';
import * as session from './session.ts';
import * as transactions from './transactions.ts';

export const apiPrefix = '/api/v1';
const none = z.strictObject({});

export interface Endpoint {
  readonly method: 'get' | 'post' | 'delete';
  /** Below `apiPrefix`, with `{name}` for parameters. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodMiniObject;
  readonly query: z.ZodMiniObject;
  /** JSON body of a POST. */
  readonly body?: z.ZodMiniType;
  /** Takes CBOR beside JSON, and may answer 202. */
  readonly bulk?: true;
  /** Bytes that a body may have which is no submission, if they are more than the usual 8 KiB. */
  readonly bodyBytesMax?: number;
  readonly response: z.ZodMiniType;
  /** Answers CBOR bytes for `Accept: application/cbor`. */
  readonly cbor?: true;
  /** Streams a file in one of these media types, and no JSON. */
  readonly file?: readonly string[];
}

export const endpoints = {
  status: {
    method: 'get',
    path: '/status',
    summary: 'Where this node stands',
    params: none,
    query: none,
    response: network.statusSchema,
  },
  validators: {
    method: 'get',
    path: '/validators',
    summary: 'The validators of the current epoch and their quorum',
    params: none,
    query: none,
    response: network.validatorsSchema,
  },
  epochs: {
    method: 'get',
    path: '/epochs',
    summary: 'Epochs with what hands over to each: enough to follow them from the network id alone',
    params: none,
    query: epochs.epochsQuerySchema,
    response: epochs.epochsSchema,
  },
  keyHistory: {
    method: 'get',
    path: '/key-history',
    summary: 'Who held which consensus and node key, from which height to which',
    params: none,
    query: epochs.keyHistoryQuerySchema,
    response: epochs.keyHistorySchema,
  },
  genesis: {
    method: 'get',
    path: '/genesis',
    summary: 'What the network id covers',
    params: none,
    query: none,
    response: blocks.genesisSchema,
  },
  challenge: {
    method: 'post',
    path: '/session/challenge',
    summary: 'What an identity signs to open a session here',
    params: none,
    query: none,
    body: session.challengeBodySchema,
    response: session.challengeSchema,
  },
  signIn: {
    method: 'post',
    path: '/session',
    summary: 'Open a session with a signed challenge, or with a code of one use',
    params: none,
    query: none,
    body: session.signInBodySchema,
    response: session.signInSchema,
  },
  session: {
    method: 'get',
    path: '/session',
    summary: 'Who is signed in',
    params: none,
    query: none,
    response: session.sessionSchema,
  },
  signOut: {
    method: 'delete',
    path: '/session',
    summary: 'End this session',
    params: none,
    query: none,
    response: session.signOutSchema,
  },
  sessionCode: {
    method: 'post',
    path: '/session/code',
    summary: 'A code of one use that opens another session of the same identity here',
    params: none,
    query: none,
    response: session.sessionCodeSchema,
  },
  consensus: {
    method: 'get',
    path: '/consensus',
    summary: 'Slots in flight and whose votes are there',
    params: none,
    query: none,
    response: network.consensusSchema,
  },
  diagnosis: {
    method: 'get',
    path: '/diagnosis',
    summary: 'Whether the network commits, and if not why, as far as this node can tell',
    params: none,
    query: diagnosis.diagnosisQuerySchema,
    response: diagnosis.diagnosisSchema,
  },
  peers: {
    method: 'get',
    path: '/peers',
    summary: 'What this node measures of each peer',
    params: none,
    query: none,
    response: network.peersSchema,
  },
  matrix: {
    method: 'get',
    path: '/peers/matrix',
    summary: 'All validators as this node sees them',
    params: none,
    query: none,
    response: network.matrixSchema,
  },
  members: {
    method: 'get',
    path: '/members',
    summary: 'Organisations of the consortium with their admins and nodes',
    params: none,
    query: none,
    response: governance.membersSchema,
  },
  identities: {
    method: 'get',
    path: '/identities',
    summary: 'Registered keys, members and roles, by member',
    params: none,
    query: governance.identitiesQuerySchema,
    response: governance.identitiesSchema,
  },
  identity: {
    method: 'get',
    path: '/identities/{id}',
    summary: 'One identity by its id or by any key that it ever had, with all its keys',
    params: governance.identityParamsSchema,
    query: none,
    response: governance.identityDetailSchema,
  },
  thresholds: {
    method: 'get',
    path: '/thresholds',
    summary: 'How many members each kind of action needs',
    params: none,
    query: none,
    response: governance.thresholdsSchema,
  },
  proposals: {
    method: 'get',
    path: '/proposals',
    summary: 'What members propose and decide, newest first',
    params: none,
    query: governance.proposalsQuerySchema,
    response: governance.proposalsSchema,
  },
  proposal: {
    method: 'get',
    path: '/proposals/{number}',
    summary: 'One proposal with its ballots, and what it would do now while it waits',
    params: governance.numberParamsSchema,
    query: none,
    response: governance.proposalSchema,
  },
  dryRun: {
    method: 'post',
    path: '/proposals/dry-run',
    summary: 'What actions would do, or which one is refused and why; changes nothing',
    params: none,
    query: none,
    body: governance.dryRunBodySchema,
    bodyBytesMax: 256 * 1024,
    response: governance.dryRunSchema,
  },
  activations: {
    method: 'get',
    path: '/activations',
    summary: 'Changes of the epoch, newest first',
    params: none,
    query: governance.activationsQuerySchema,
    response: governance.activationsSchema,
  },
  activation: {
    method: 'get',
    path: '/activations/{number}',
    summary: 'One change of the epoch: its status, and what it waits for',
    params: governance.numberParamsSchema,
    query: none,
    response: governance.activationSchema,
  },
  disk: {
    method: 'get',
    path: '/disk',
    summary: 'What this node takes on its disk, and how fast it grows',
    params: none,
    query: none,
    response: disk.diskSchema,
  },
  metricsHistory: {
    method: 'get',
    path: '/metrics-history',
    summary: 'Throughput, time to commit and pool of this node lately, with its changes of view',
    params: none,
    query: history.metricsHistoryQuerySchema,
    response: history.metricsHistorySchema,
  },
  evidence: {
    method: 'get',
    path: '/evidence',
    summary: 'Conflicting messages of validators, as recorded on the ledger',
    params: none,
    query: evidence.evidenceQuerySchema,
    response: evidence.evidenceSchema,
  },
  evidenceRecord: {
    method: 'get',
    path: '/evidence/{number}',
    summary: 'One record of evidence with both messages',
    params: evidence.evidenceParamsSchema,
    query: none,
    response: evidence.evidenceRecordSchema,
  },
  keysPlan: {
    method: 'get',
    path: '/keys/plan',
    summary: 'Keys and certificates with their age, and who acts next',
    params: none,
    query: none,
    response: keys.keysPlanSchema,
  },
  keysRotate: {
    method: 'post',
    path: '/keys/rotate',
    summary: "Make a key of this node and ask for it in the old one's place",
    params: none,
    query: none,
    body: keys.keysRotateBodySchema,
    response: keys.keysRotateSchema,
  },
  keySigned: {
    method: 'get',
    path: '/keys/{publicKey}/signed',
    summary: 'Blocks and transactions that a key signed',
    params: keys.keySignedParamsSchema,
    query: keys.keySignedQuerySchema,
    response: keys.keySignedSchema,
  },
  blocks: {
    method: 'get',
    path: '/blocks',
    summary: 'Certified blocks',
    params: none,
    query: blocks.blocksQuerySchema,
    response: blocks.blocksSchema,
  },
  block: {
    method: 'get',
    path: '/blocks/{heightOrHash}',
    summary: 'One block with the leaves of its trees',
    params: blocks.blockParamsSchema,
    query: blocks.blockQuerySchema,
    response: blocks.blockSchema,
  },
  transactions: {
    method: 'get',
    path: '/transactions',
    summary: 'Certified transactions, filtered',
    params: none,
    query: transactions.transactionsQuerySchema,
    response: transactions.transactionsSchema,
  },
  submit: {
    method: 'post',
    path: '/transactions',
    summary: 'Submit one envelope or many',
    params: none,
    query: transactions.submitQuerySchema,
    body: transactions.submitBodySchema,
    bulk: true,
    response: transactions.submitResponseSchema,
  },
  transaction: {
    method: 'get',
    path: '/transactions/{id}',
    summary: 'What became of a transaction',
    params: transactions.transactionParamsSchema,
    query: transactions.transactionQuerySchema,
    response: transactions.transactionStatusSchema,
  },
  receipt: {
    method: 'get',
    path: '/transactions/{id}/receipt',
    summary: 'Proof that it is in a certified block',
    params: transactions.transactionParamsSchema,
    query: none,
    response: blocks.receiptSchema,
    cbor: true,
  },
  pack: {
    method: 'get',
    path: '/transactions/{id}/pack',
    summary: 'Receipt with the epoch chain, verifiable with the network id alone',
    params: transactions.transactionParamsSchema,
    query: none,
    response: blocks.proofPackSchema,
    cbor: true,
  },
  streams: {
    method: 'get',
    path: '/streams',
    summary: 'Streams, by last change',
    params: none,
    query: records.streamsQuerySchema,
    response: records.streamsSchema,
  },
  stream: {
    method: 'get',
    path: '/streams/{name}',
    summary: 'Events of a stream',
    params: records.streamParamsSchema,
    query: records.streamQuerySchema,
    response: records.streamSchema,
  },
  events: {
    method: 'get',
    path: '/events',
    summary: 'Events of all streams, newest first, filtered',
    params: none,
    query: records.eventsQuerySchema,
    response: records.eventsSchema,
  },
  eventSchema: {
    method: 'get',
    path: '/schemas/{name}',
    summary: 'What the events of a stream must be',
    params: records.streamParamsSchema,
    query: none,
    response: records.eventSchemaSchema,
  },
  payload: {
    method: 'get',
    path: '/payloads/{digest}',
    summary: 'The bytes of a payload',
    params: payloads.payloadParamsSchema,
    query: none,
    response: payloads.payloadSchema,
  },
  payloadRecord: {
    method: 'get',
    path: '/payloads/{digest}/record',
    summary: 'What the ledger says of a payload: whose it is, for whom, and whether it was erased',
    params: payloads.payloadParamsSchema,
    query: none,
    response: payloads.payloadRecordSchema,
  },
  assets: {
    method: 'get',
    path: '/assets',
    summary: 'Assets by id, with their supply now',
    params: none,
    query: records.assetsQuerySchema,
    response: records.assetsSchema,
  },
  balances: {
    method: 'get',
    path: '/assets/{id}/balances',
    summary: 'Who holds how much',
    params: records.assetParamsSchema,
    query: records.asOfQuerySchema,
    response: records.balancesSchema,
  },
  state: {
    method: 'get',
    path: '/state/{key}',
    summary: 'A state value, or its absence, with proof',
    params: records.stateParamsSchema,
    query: none,
    response: records.stateSchema,
  },
  consistency: {
    method: 'get',
    path: '/history/consistency',
    summary: 'Proof that nothing was removed between two heights',
    params: none,
    query: records.consistencyQuerySchema,
    response: records.consistencySchema,
  },
  historyInclusion: {
    method: 'get',
    path: '/history/inclusion',
    summary: 'Proof that a block is in the history of a later one',
    params: none,
    query: records.historyInclusionQuerySchema,
    response: records.historyInclusionSchema,
  },
  analytics: {
    method: 'get',
    path: '/analytics',
    summary: 'Counts by time, action, sender or receiver',
    params: none,
    query: records.analyticsQuerySchema,
    response: records.analyticsSchema,
  },
  exportManifest: {
    method: 'get',
    path: '/export/manifest',
    summary: 'What the file of a query holds: its range, rows, bytes and SHA-256',
    params: none,
    query: exports.exportQuerySchema,
    response: exports.exportManifestSchema,
  },
  export: {
    method: 'get',
    path: '/export',
    summary: 'A query as a file, streamed; it comes whole or not at all',
    params: none,
    query: exports.exportQuerySchema,
    response: z.undefined(),
    file: ['text/csv', 'application/json', 'application/vnd.ipld.car'],
  },
  search: {
    method: 'get',
    path: '/search',
    summary: 'One box: height, hash, id, identity, stream',
    params: none,
    query: records.searchQuerySchema,
    response: records.searchSchema,
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;
/** Those whose JSON a GET reads. */
export type ReadName = {
  [Name in EndpointName]: (typeof endpoints)[Name] extends { readonly file: readonly string[] }
    ? never
    : (typeof endpoints)[Name]['method'] extends 'get'
      ? Name
      : never;
}[EndpointName];
type EndpointOf<Name extends EndpointName> = (typeof endpoints)[Name];
export type ParamsOf<Name extends EndpointName> = z.infer<EndpointOf<Name>['params']>;
export type QueryOf<Name extends EndpointName> = z.infer<EndpointOf<Name>['query']>;
export type ResponseOf<Name extends EndpointName> = z.infer<EndpointOf<Name>['response']>;
