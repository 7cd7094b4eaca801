/**
 * Who may ask for what: the one table. Routes and subscriptions are admitted by it before anything of a request is
 * read, and one test tries every cell. There is no switch that opens a gateway.
 */
import type { EndpointName } from '../../shared/api.ts';
import { type Role, roles } from '../../shared/types/ledger.ts';

export type Access =
  /** Health and genesis, and what it takes to sign in. */
  | 'public'
  | {
      readonly roles: readonly Role[];
      /** Readers of named streams are let in, and see what those streams hold, alone. */
      readonly filtered?: true;
      /** Who has none of these roles is let in, and sends what is its own, alone (handlers/own-actions.ts). */
      readonly writers?: readonly Role[];
    };

const everybody = { roles } as const;
const operating = { roles: ['admin', 'operator'] } as const;
const governing = { roles: ['admin'] } as const;
const reading = { roles: ['admin', 'operator', 'auditor', 'submitter'] } as const;
const filtered = { roles, filtered: true } as const;

export const access = {
  genesis: 'public',
  challenge: 'public',
  signIn: 'public',

  session: everybody,
  signOut: everybody,
  sessionCode: everybody,
  status: everybody,
  validators: everybody,
  epochs: everybody,
  openapi: everybody,

  streams: filtered,
  stream: filtered,
  eventSchema: filtered,
  payload: filtered,
  payloadRecord: filtered,
  search: filtered,
  subscribe: filtered,
  transaction: filtered,
  receipt: filtered,
  pack: filtered,
  identity: filtered,

  members: reading,
  identities: reading,
  keyHistory: reading,
  thresholds: reading,
  proposals: reading,
  proposal: reading,
  activations: reading,
  activation: reading,
  blocks: reading,
  block: reading,
  transactions: reading,
  events: reading,
  assets: reading,
  balances: reading,
  state: reading,
  consistency: reading,
  historyInclusion: reading,
  evidence: reading,
  evidenceRecord: reading,
  analytics: reading,
  keySigned: reading,
  exportManifest: reading,
  export: reading,

  submit: { roles, writers: ['admin', 'operator', 'submitter'] },

  dryRun: operating,
  consensus: operating,
  peers: operating,
  matrix: operating,
  diagnosis: operating,
  disk: operating,
  /** Of the node's own member alone (handlers/keys.ts). */
  keysPlan: operating,
  keysRotate: operating,
  keysRecipient: governing,
  keysImport: governing,
  metrics: operating,
  metricsHistory: operating,
} as const satisfies Record<EndpointName | 'subscribe' | 'openapi' | 'metrics', Access>;

export type AccessName = keyof typeof access;
/** Endpoints that answer whoever asks. */
export type PublicName = {
  [Name in AccessName]: (typeof access)[Name] extends 'public' ? Name : never;
}[AccessName];
