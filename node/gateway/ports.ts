/** What the gateway needs of the node: `main` hands it the runtime's API and storage's queries. */
import type { BlockList } from 'node:net';
import type { DiskJson } from '../../shared/api.ts';
import type { VerifySignature, VerifySignatureNow } from '../../shared/crypto/ed25519.ts';
import type { Digest, MemberId, NetworkId, TransactionId, ValidatorId } from '../../shared/types/brands.ts';
import type { GenesisDocument, Rejection, Transaction } from '../../shared/types/ledger.ts';
import type { ConsensusView } from '../consensus/types.ts';
import type { StateView } from '../ledger/types.ts';
import type { KeyImports } from '../rotation/key-imports.ts';
import type { Rotation } from '../rotation/rotation.ts';
import type { DiagnosisFacts } from '../runtime/diagnosis/facts.ts';
import type { LogPort } from '../runtime/ports.ts';
import type { LedgerQueries } from '../runtime/queries.ts';
import type { HistogramSnapshot } from '../runtime/telemetry/histogram.ts';
import type { TelemetrySnapshot } from '../runtime/telemetry/telemetry.ts';

/**
 * `ok` means accepted: promised on disk; `known` that it waited here before. Refusals carry the codes of
 * node/ledger/rejections.ts and of the runtime, such as `bad-signature`.
 */
export type SubmissionResult =
  | { readonly ok: true; readonly known?: boolean }
  | { readonly ok: false; readonly rejection: Rejection };

export interface GatewayNodeStatus {
  readonly consensus: ConsensusView;
  readonly pool: {
    readonly transactions: number;
    readonly transactionsMax: number;
    readonly bytes: number;
    readonly bytesMax: number;
  };
  readonly payloads: {
    readonly count: number;
    readonly bytes: number;
    /** Of the ledger, not erased, and not here yet. */
    readonly missing: number;
  };
  /** Why transactions are not taken now; absent when they are. */
  readonly notReadyReason?: string;
}

export interface GatewayPeer {
  /** Or another node with a link. */
  readonly validator: ValidatorId;
  readonly connected: boolean;
  readonly lastMessageAgeMs?: number;
  readonly roundTripMs?: number;
  readonly clockOffsetMs?: number;
  /** Payload of the link since it opened, before TLS. */
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly epoch?: number;
  readonly view?: number;
  readonly height?: number;
  readonly executed?: number;
  readonly version?: string;
}

/** Whose submission it is: what a member's clients may have waiting here is a share of the pool. */
export interface SubmittingMember {
  readonly member: MemberId;
  /** Of how many. */
  readonly members: number;
}

export interface GatewayNode {
  /**
   * One result for each transaction, in order. Signatures are verified behind this call, off the main thread.
   * `payloads`: what came along, by digest.
   */
  submit(
    transactions: readonly Transaction[],
    client: SubmittingMember,
    done: (results: readonly SubmissionResult[]) => void,
    payloads: ReadonlyMap<Digest, Uint8Array>,
  ): void;
  /** Bytes of a payload that is here and not erased. */
  payload(digest: Digest): Uint8Array | undefined;
  status(): GatewayNodeStatus;
  peers(): readonly GatewayPeer[];
  /** How many validators are reachable and vote, this node included; undefined where that cannot be known. */
  voting(): number | undefined;
  /** What a diagnosis is made of. `disputedHeight`: a recent one whose changes somebody compares. */
  diagnosis(disputedHeight?: number): DiagnosisFacts;
  /** Figures for metrics; undefined while starting. */
  telemetry(): GatewayTelemetry | undefined;
  /** A transaction that waits in this node's pool. */
  pooled(id: TransactionId): Transaction | undefined;
  /** Calls back when a block was certified; the returned function ends it. */
  subscribe(listener: () => void): () => void;
}

/** Figures beyond those of a diagnosis. Durations in seconds, sizes in bytes. */
export interface GatewayTelemetry extends TelemetrySnapshot {
  /** From arrival in this node's pool until certified and durable. */
  readonly waits: HistogramSnapshot;
  readonly commits: { readonly votes: HistogramSnapshot; readonly ledger: HistogramSnapshot };
  readonly diskBytes: { readonly votes: number; readonly ledger: number; readonly derived: number };
}

/** Keys of the node: refusals are RotationErrors. */
export interface GatewayKeys extends Pick<Rotation, 'request' | 'standings'> {
  readonly imports: KeyImports;
  /** `expiresAt`: milliseconds since 1970. */
  certificates(): readonly { readonly name: string; readonly expiresAt: number }[];
}

export interface GatewayLimits {
  /** Bytes of a request's body at most. */
  readonly bodyBytesMax: number;
  /** Bytes of all bodies that are being read or answered. */
  readonly bodiesBytesMax: number;
  /** Connections at once, requests and subscriptions; more are hung up. */
  readonly connectionsMax: number;
  /** Of those, of one address that is no trusted proxy. */
  readonly connectionsPerAddress: number;
  /** A request's head, and the whole of it, must have come by then. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** A connection on which nothing moves for so long is closed. */
  readonly idleMs: number;
  /** Envelopes in one request at most. */
  readonly envelopesMax: number;
  /** Requests per second that refill the bucket of an address, and of an identity; and its size. */
  readonly requestsPerSecond: number;
  readonly requestsBurst: number;
  /** A challenge is good for so long; so many may wait, of all and of one address. */
  readonly challengeMs: number;
  readonly challengesMax: number;
  readonly challengesPerAddress: number;
  /** A session ends when it is not used for so long, and after its life. */
  readonly sessionIdleMs: number;
  readonly sessionLifeMs: number;
  readonly sessionsPerIdentity: number;
  /** Longest `?wait=certified`. */
  readonly waitMs: number;
  readonly subscriptionsMax: number;
  /** Of those, sockets of which nobody knows yet whose they are. */
  readonly strangersMax: number;
  /** Bytes that may wait in a subscriber's socket before reading on. */
  readonly socketBufferBytes: number;
  readonly heartbeatMs: number;
  /** A socket that has not subscribed by then is closed. */
  readonly subscribeMs: number;
  /** A subscriber to whom nothing could be sent for so many heartbeats is cut off. */
  readonly stuckBeatsMax: number;
}

export const defaultLimits: GatewayLimits = {
  bodyBytesMax: 16 * 1024 * 1024,
  bodiesBytesMax: 128 * 1024 * 1024,
  connectionsMax: 4_000,
  connectionsPerAddress: 1_000,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 120_000,
  envelopesMax: 10_000,
  requestsPerSecond: 5_000,
  requestsBurst: 10_000,
  challengeMs: 60_000,
  challengesMax: 10_000,
  challengesPerAddress: 20,
  sessionIdleMs: 30 * 60_000,
  sessionLifeMs: 12 * 60 * 60_000,
  sessionsPerIdentity: 20,
  waitMs: 30_000,
  subscriptionsMax: 500,
  strangersMax: 100,
  socketBufferBytes: 256 * 1024,
  heartbeatMs: 5_000,
  subscribeMs: 10_000,
  stuckBeatsMax: 6,
};

export interface GatewayOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** TLS of the gateway; any address but loopback needs it (design, section 7). */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Other addresses under which clients and browsers reach it, besides those of genesis and `listen`. */
  readonly origins?: readonly string[];
  /** Proxies whose X-Forwarded-For tells who asks; nobody's if left out. */
  readonly trustedProxies?: BlockList;
  /** Where Prometheus may ask for metrics without signing in: loopback only. */
  readonly metricsListen?: { readonly host: string; readonly port: number };
  readonly verifySignature: VerifySignature;
  /** For signatures inside actions of a dry run; the slow portable one if left out. */
  readonly verifySignatureNow?: VerifySignatureNow;
  readonly node: GatewayNode;
  readonly keys: GatewayKeys;
  readonly self: ValidatorId;
  readonly queries: LedgerQueries;
  /** State after the highest executed block: tells whether a name is taken, proves nothing. */
  readonly state: StateView;
  readonly genesis: GenesisDocument;
  readonly network: NetworkId;
  /** What the node's directory takes; `nowMs` is milliseconds since 1970. */
  readonly disk: (nowMs: number) => Omit<DiskJson, 'node' | 'nowMs' | 'parts'> & {
    readonly parts: readonly DiskJson['parts'][number][];
  };
  /** Built console; left out, only the API is served. */
  readonly consoleDirectory?: string;
  readonly version: string;
  /** The node's clock; the machine's if left out. */
  readonly wallMs?: () => number;
  readonly log: LogPort;
  readonly limits?: Partial<GatewayLimits>;
}
