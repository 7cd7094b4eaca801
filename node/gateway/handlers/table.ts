/** Which function answers which endpoint. The type refuses an endpoint without one. */
import type { EndpointName, ParamsOf, QueryOf, ResponseOf } from '../../../shared/api.ts';
import type { PublicName } from '../access.ts';
import type { Answer, GatewayContext } from '../context.ts';
import type { Caller } from '../sessions/caller.ts';
import { getBalances, listAssets } from './assets.ts';
import { getBlock, getGenesis, listBlocks } from './blocks.ts';
import { getDiagnosis } from './diagnosis.ts';
import { getDisk } from './disk.ts';
import { getKeyHistory, listEpochs } from './epochs.ts';
import { listEvents } from './events.ts';
import { getEvidenceRecord, listEvidence } from './evidence.ts';
import { getExport, getExportManifest } from './export.ts';
import { dryRun, getActivation, getProposal, listActivations, listProposals } from './governance.ts';
import { getMetricsHistory } from './history.ts';
import { giveRecipient, importKey } from './key-imports.ts';
import { getKeySigned } from './key-signed.ts';
import { getKeysPlan, rotateKey } from './keys.ts';
import { getIdentity, getThresholds, listIdentities, listMembers } from './members.ts';
import { getConsensus, getMatrix, getPeers, getStatus, getValidators } from './network.ts';
import { getPayload, getPayloadRecord } from './payloads.ts';
import {
  getAnalytics,
  getConsistency,
  getEventSchema,
  getHistoryInclusion,
  getState,
  getStream,
  listStreams,
} from './records.ts';
import { search } from './search.ts';
import { getSession, giveChallenge, giveCode, signIn, signOut } from './session.ts';
import { submit } from './submit.ts';
import { getPack, getReceipt, getTransaction, listTransactions } from './transactions.ts';

/** Only a POST has a body. */
export interface HandlerRequest<Name extends EndpointName> {
  readonly params: ParamsOf<Name>;
  readonly query: QueryOf<Name>;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  /** Who asks; what the table opens to everybody answers without knowing. */
  readonly caller: Name extends PublicName ? undefined : Caller;
  readonly from: RequestSource;
}

export interface RequestSource {
  readonly address: string;
  readonly origin?: string;
  readonly host?: string;
  /** Whether the client has hung up. */
  readonly isGone: () => boolean;
}

export type Handler<Name extends EndpointName> = (
  context: GatewayContext,
  request: HandlerRequest<Name>,
) => Answer<ResponseOf<Name>> | Promise<Answer<ResponseOf<Name>>>;

export const handlers: { readonly [Name in EndpointName]: Handler<Name> } = {
  status: getStatus,
  validators: getValidators,
  epochs: (context, { query }) => listEpochs(context, query),
  keyHistory: (context, { query }) => getKeyHistory(context, query),
  genesis: getGenesis,
  challenge: giveChallenge,
  signIn,
  session: (context, { caller }) => getSession(context, caller),
  signOut: (context, { caller }) => signOut(context, caller),
  sessionCode: (context, { caller }) => giveCode(context, caller),
  consensus: getConsensus,
  diagnosis: (context, { query }) => getDiagnosis(context, query),
  peers: getPeers,
  matrix: getMatrix,
  members: listMembers,
  identities: (context, { query }) => listIdentities(context, query),
  identity: (context, { params, caller }) => getIdentity(context, params, caller),
  thresholds: getThresholds,
  proposals: (context, { query }) => listProposals(context, query),
  proposal: (context, { params }) => getProposal(context, params),
  dryRun,
  activations: (context, { query }) => listActivations(context, query),
  activation: (context, { params }) => getActivation(context, params),
  disk: getDisk,
  metricsHistory: (context, { query }) => getMetricsHistory(context, query),
  evidence: (context, { query }) => listEvidence(context, query),
  evidenceRecord: (context, { params }) => getEvidenceRecord(context, params),
  keysPlan: (context, { caller }) => getKeysPlan(context, caller),
  keysRotate: rotateKey,
  keysRecipient: giveRecipient,
  keysImport: importKey,
  keySigned: (context, { params, query }) => getKeySigned(context, params, query),
  blocks: (context, { query }) => listBlocks(context, query),
  block: (context, { params, query }) => getBlock(context, params, query),
  transactions: (context, { query }) => listTransactions(context, query),
  submit,
  transaction: (context, { params, query, caller }) => getTransaction(context, params, query, caller),
  receipt: (context, { params, caller }) => getReceipt(context, params, caller),
  pack: (context, { params, caller }) => getPack(context, params, caller),
  streams: (context, { query, caller }) => listStreams(context, query, caller),
  stream: (context, { params, query, caller }) => getStream(context, params, query, caller),
  events: (context, { query }) => listEvents(context, query),
  eventSchema: (context, { params, caller }) => getEventSchema(context, params, caller),
  payload: (context, { params, caller }) => getPayload(context, params, caller),
  payloadRecord: (context, { params, caller }) => getPayloadRecord(context, params, caller),
  assets: (context, { query }) => listAssets(context, query),
  balances: (context, { params, query }) => getBalances(context, params, query),
  state: (context, { params }) => getState(context, params),
  consistency: (context, { query }) => getConsistency(context, query),
  historyInclusion: (context, { query }) => getHistoryInclusion(context, query),
  analytics: (context, { query }) => getAnalytics(context, query),
  exportManifest: (context, { query, from, caller }) => getExportManifest(context, query, from, caller),
  export: (context, { query, from, caller }) => getExport(context, query, from, caller),
  search: (context, { query, caller }) => search(context, query, caller),
};
