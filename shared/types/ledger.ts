/** What the ledger consists of: transactions, batches, events, outcomes, headers, certificates, proofs. */
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  IdentityId,
  Incarnation,
  MemberId,
  NetworkId,
  Nonce,
  PublicKey,
  Signature,
  StreamName,
  TransactionId,
  ValidatorId,
} from './brands.ts';
import type { Threshold, Thresholds } from './governance.ts';
import type { NetworkParameters } from './parameters.ts';

/** The declared subset of DAG-CBOR: no tags, no CIDs. Integers above 2^53−1 are bigint. */
export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue };

export interface TransactionBody {
  readonly version: 1;
  readonly network: NetworkId;
  readonly sender: PublicKey;
  readonly nonce: Nonce;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** `module.verb`, such as `streams.append`. */
  readonly action: string;
  readonly args: CborValue;
}

/** A decoded envelope. The envelope is the CBOR map {body: bytes, signature: bytes}. */
export interface Transaction {
  readonly id: TransactionId;
  readonly body: TransactionBody;
  /** The body's CBOR exactly as it was sent: what the signature covers. */
  readonly bodyBytes: Uint8Array;
  readonly signature: Signature;
  /** The whole envelope exactly as it was sent: what the id covers. */
  readonly envelope: Uint8Array;
}

/** What PBFT orders. The null batch is {time: 0, proposer: '', ids: []}. */
export interface Batch {
  /** Proposer's clock, milliseconds since 1970. */
  readonly time: number;
  readonly proposer: ValidatorId | '';
  readonly ids: readonly TransactionId[];
}

/** Bytes that travel beside an envelope, outside its id (design, section 5). */
export interface DetachedPayload {
  readonly digest: Digest;
  readonly size: number;
  /** Whether members may decide to erase the bytes; the digest stays. */
  readonly erasable: boolean;
  /** Identities that it is encrypted for; none if everybody may read it who reads the stream. */
  readonly recipients: readonly IdentityId[];
  /** Digest of the payload in the same stream that it gives further recipients; erased with it. */
  readonly grantOf?: Digest;
}

/** An event as an application appends it. */
export interface NewStreamEvent {
  readonly eventId: string;
  readonly type: string;
  readonly data: CborValue;
  readonly labels: { readonly [name: string]: string };
  readonly references: readonly string[];
  readonly payload?: DetachedPayload;
}

/** An event as the ledger keeps it. `revision` counts from 0 in its stream. */
export interface StreamEvent extends NewStreamEvent {
  readonly stream: StreamName;
  readonly revision: number;
}

/** A fact that a decider decided; state is nothing but these, folded. */
export interface LedgerEvent {
  /** `module.fact`, such as `streams.appended`. */
  readonly type: string;
  readonly data: { readonly [key: string]: CborValue };
}

/** A named refusal: a stable code and the facts behind it. */
export interface Rejection {
  readonly code: string;
  readonly facts: { readonly [name: string]: CborValue };
}

/** What became of a transaction that ran (rule X3). */
export type Outcome =
  | { readonly transaction: TransactionId; readonly status: 'succeeded'; readonly events: Digest }
  | { readonly transaction: TransactionId; readonly status: 'failed'; readonly rejection: Rejection };

export interface Header {
  readonly version: 1;
  /** Empty in the genesis header, whose hash is the network id. */
  readonly network: NetworkId | '';
  readonly epoch: Epoch;
  readonly nextEpoch: Epoch;
  readonly height: Height;
  readonly parent: BlockHash;
  /** Milliseconds since 1970, never falling (rule X1). */
  readonly time: number;
  readonly proposer: ValidatorId | '';
  readonly batch: BatchDigest;
  /** RFC 9162 root over the ids of the transactions that ran. */
  readonly transactions: Digest;
  /** RFC 9162 root over their encoded outcomes. */
  readonly outcomes: Digest;
  /** Root of the sparse Merkle tree after this block. */
  readonly state: Digest;
  /** RFC 9162 root over the hashes of blocks 0…height−1. */
  readonly history: Digest;
  /** Digest of the validator set that seals this block. */
  readonly validators: Digest;
  /** Digest of the set that seals the next one. */
  readonly nextValidators: Digest;
}

/** A validator as certificates need it. Sets are sorted by id. */
export interface ValidatorKey {
  readonly id: ValidatorId;
  readonly member: MemberId;
  readonly consensusKey: PublicKey;
}
export type ValidatorSet = readonly ValidatorKey[];

export interface SealSignature {
  readonly validator: ValidatorId;
  readonly signature: Signature;
}

/** A quorum of seals over one block hash, sorted by validator id. */
export interface Certificate {
  readonly epoch: Epoch;
  readonly height: Height;
  readonly block: BlockHash;
  readonly seals: readonly SealSignature[];
}

/** An RFC 9162 inclusion proof. */
export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly path: readonly Digest[];
}

/** Proof that a transaction is in a certified block, with its outcome. */
export interface Receipt {
  /** CBOR of the header exactly as it was hashed. */
  readonly header: Uint8Array;
  readonly certificate: Certificate;
  readonly envelope: Uint8Array;
  /** CBOR of the outcome exactly as it was hashed. */
  readonly outcome: Uint8Array;
  readonly transactionProof: InclusionProof;
  readonly outcomeProof: InclusionProof;
}

/** The last block of an epoch, with the set that follows it. */
export type EpochLink = CertifiedLink | RecoveryLink;

/** A quorum of the epoch handed over. */
export interface CertifiedLink {
  readonly header: Uint8Array;
  readonly certificate: Certificate;
  readonly nextValidators: ValidatorSet;
}

/** The members did, after a quorum of it was gone for good. */
export interface RecoveryLink {
  /** Of the last block that was kept. */
  readonly header: Uint8Array;
  /** An encoded recovery certificate (shared/codec/recovery.ts). */
  readonly recovery: Uint8Array;
  readonly nextValidators: ValidatorSet;
}

/** A receipt with the epoch chain since genesis: verifiable with the network id alone. */
export interface ProofPack {
  readonly version: 1;
  readonly genesis: { readonly header: Uint8Array; readonly validators: ValidatorSet };
  readonly epochs: readonly EpochLink[];
  readonly receipt: Receipt;
}

export const roles = ['admin', 'operator', 'submitter', 'auditor', 'reader'] as const;
export type Role = (typeof roles)[number];

export interface GenesisIdentity {
  readonly id: IdentityId;
  readonly member: MemberId;
  readonly key: PublicKey;
  readonly roles: readonly Role[];
  /** X25519 public key for confidential records, 64 hex digits; may be absent. */
  readonly encryptionKey?: string;
  /** What a reader of named streams reads: names, or beginnings that end in `*`. */
  readonly streams?: readonly string[];
}

export interface GenesisValidator extends ValidatorKey {
  /** TLS identity. */
  readonly nodeKey: PublicKey;
  /** `wss://host:port` where peers reach it. */
  readonly address: string;
  /** `http(s)://host:port` of its gateway. */
  readonly gateway: string;
  /** The vote store that may vote (rule D3). */
  readonly incarnation: Incarnation;
}

/** The parsed values that the network id covers. */
export interface GenesisDocument {
  readonly version: 2;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly parameters: NetworkParameters;
  readonly members: readonly { readonly id: MemberId; readonly name: string }[];
  readonly validators: readonly GenesisValidator[];
  readonly identities: readonly GenesisIdentity[];
  readonly governance: { readonly thresholds: Thresholds };
  readonly recovery: { readonly threshold: Threshold };
  /** Version of the execution rules in epoch 0, from 2 on; absent: 1. */
  readonly protocol?: number;
}
