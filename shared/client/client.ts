/** The typed client of one network behind several gateways. */
import type {
  GovernedActionJson,
  KeysImportBodyJson,
  KeysImportJson,
  KeysRecipientBodyJson,
  KeysRecipientJson,
  KeysRotateBodyJson,
  KeysRotateJson,
  ParamsOf,
  PlanJson,
  ReadName,
  ResponseOf,
  SubmitResultJson,
} from '../api.ts';
import { Exchange } from './exchange.ts';
import type { ClientPorts } from './ports.ts';
import { post, type ReadRequest, read, readBytes } from './reads.ts';
import { CredentialsFailure } from './sign-in.ts';
import {
  type CertifiedResult,
  type OutcomeResult,
  type RefusedResult,
  Submissions,
  succeeded,
} from './submissions.ts';
import { type Subscribe, type SubscriptionUpdate, subscribe } from './subscription.ts';

export interface ClientOptions extends ClientPorts {
  /** `http(s)://host:port`; the first one is asked first. */
  readonly gateways: readonly string[];
  /** How often all gateways are asked before an exchange fails; 6 if absent. */
  readonly rounds?: number;
}

/** All methods throw ClientError {code, facts, next}. */
export interface Client {
  /** The gateway that will be asked first. */
  readonly gateway: string;
  /**
   * @example await client.get('blocks', { limit: 10 })
   * @example await client.get('block', { heightOrHash: '7', include: 'envelopes' })
   */
  get<Name extends ReadName>(name: Name, request?: ReadRequest<Name>): Promise<ResponseOf<Name>>;
  /** DAG-CBOR, as verifiers take it. */
  getBytes(name: 'receipt' | 'pack', request: ParamsOf<'receipt'>): Promise<Uint8Array>;
  /** What these actions of a proposal would do now, or which one is refused and why; nothing is changed. */
  dryRun(actions: readonly GovernedActionJson[]): Promise<PlanJson>;
  /** The node of the gateway makes a key; each node its own, so name one gateway. */
  rotateKey(request: KeysRotateBodyJson): Promise<KeysRotateJson>;
  /** To this the node takes one key that was made elsewhere (key-import.ts). */
  keyRecipient(request: KeysRecipientBodyJson): Promise<KeysRecipientJson>;
  /** Of the same gateway and session. */
  importKey(request: KeysImportBodyJson): Promise<KeysImportJson>;
  /** Accepted, or refused for good; one result for each envelope, in order. */
  submit(envelopes: readonly Uint8Array[]): Promise<readonly SubmitResultJson[]>;
  /** Certified, or refused for good; one result for each envelope, in order. */
  certify(envelopes: readonly Uint8Array[]): Promise<readonly (CertifiedResult | RefusedResult)[]>;
  /** The same without receipts, which can be fetched later. */
  certifyBulk(envelopes: readonly Uint8Array[]): Promise<readonly (OutcomeResult | RefusedResult)[]>;
  /** One envelope with the payloads that its events name: accepted, or refused for good. */
  submitWithPayloads(envelope: Uint8Array, payloads: readonly Uint8Array[]): Promise<SubmitResultJson>;
  /** Certified and successful, with its receipt; everything else throws. */
  submitAndWait(envelope: Uint8Array, payloads?: readonly Uint8Array[]): Promise<CertifiedResult>;
  /** Of a session at the gateway that will be asked first, if the credentials open one. */
  token(): Promise<string | undefined>;
  /** Endless; leave the loop to end it. */
  subscribe(subscription: Subscribe): AsyncGenerator<SubscriptionUpdate, void, void>;
}

export function createClient(options: ClientOptions): Client {
  const { gateways, rounds = 6, ...ports } = options;
  const exchange = new Exchange({ gateways, rounds }, ports);
  const submissions = new Submissions(exchange, ports);
  return {
    get gateway() {
      return exchange.preferred;
    },
    get: (name, request = {}) => read(exchange, name, request),
    getBytes: (name, request) => readBytes(exchange, name, request),
    dryRun: (actions) => post(exchange, 'dryRun', { actions }),
    rotateKey: (request) => post(exchange, 'keysRotate', request),
    keyRecipient: (request) => post(exchange, 'keysRecipient', request),
    importKey: (request) => post(exchange, 'keysImport', request),
    submit: (envelopes) => submissions.accept({ envelopes }),
    certify: (envelopes) => submissions.certify({ envelopes }),
    certifyBulk: (envelopes) => submissions.certifyBulk(envelopes),
    submitWithPayloads: async (envelope, payloads) =>
      (await submissions.accept({ envelopes: [envelope], payloads }))[0]!,
    submitAndWait: async (envelope, payloads = []) =>
      succeeded((await submissions.certify({ envelopes: [envelope], payloads }))[0]!),
    token: () =>
      exchange.signIns.token(exchange.preferred).catch((error: unknown) => {
        throw error instanceof CredentialsFailure ? error.cause : error;
      }),
    subscribe: (subscription) => subscribe(exchange, ports, subscription),
  };
}
