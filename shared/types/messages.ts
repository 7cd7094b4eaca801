/** Consensus messages (protocol.md, Messages). Every signature in them is verified before `step` sees one. */
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  Signature,
  ValidatorId,
  View,
} from './brands.ts';
import type { Batch, Certificate } from './ledger.ts';

/** Rule M1: `content` is the batch digest for the first three, the digest of the body for the last two. */
export type VoteKind = 'pre-prepare' | 'prepare' | 'commit' | 'view-change' | 'new-view';

/** What is signed, besides domain and network: a slot and a content digest. */
export interface Vote {
  readonly kind: VoteKind;
  readonly epoch: Epoch;
  readonly view: View;
  /** The sequence number; 0 for VIEW-CHANGE and NEW-VIEW. */
  readonly sequence: Height;
  readonly content: Digest;
  readonly sender: ValidatorId;
}
export interface SignedVote extends Vote {
  readonly signature: Signature;
}

/** Proof that a batch prepared: a PRE-PREPARE and Q−1 PREPAREs of distinct backups of that view (rule N4). */
export interface PreparedCertificate {
  readonly epoch: Epoch;
  readonly view: View;
  readonly sequence: Height;
  readonly batch: BatchDigest;
  readonly prePrepare: SignedVote;
  readonly prepares: readonly SignedVote[];
}

/** Rule V2. `certificate` proves `height`; absent at height 0. `prepared` ascends by sequence. */
export interface ViewChangeBody {
  readonly height: Height;
  readonly certificate?: Certificate;
  readonly prepared: readonly PreparedCertificate[];
}
/** Rule V3. `prePrepares` are signed one by one (rule M2) and ascend by sequence without a gap. */
export interface NewViewBody {
  readonly viewChanges: readonly ViewChangeMessage[];
  readonly prePrepares: readonly SignedVote[];
}

export interface PrePrepareMessage {
  readonly kind: 'pre-prepare';
  readonly vote: SignedVote;
  readonly batch: Batch;
}
export interface PrepareMessage {
  readonly kind: 'prepare';
  readonly vote: SignedVote;
}
export interface CommitMessage {
  readonly kind: 'commit';
  readonly vote: SignedVote;
}
export interface ViewChangeMessage {
  readonly kind: 'view-change';
  readonly vote: SignedVote;
  readonly body: ViewChangeBody;
}
export interface NewViewMessage {
  readonly kind: 'new-view';
  readonly vote: SignedVote;
  readonly body: NewViewBody;
}
/** One slot per height, across views and epochs (rule D2). */
export interface SealMessage {
  readonly kind: 'seal';
  readonly epoch: Epoch;
  readonly height: Height;
  readonly block: BlockHash;
  readonly sender: ValidatorId;
  readonly signature: Signature;
}
/** Rule F3: liveness when idle, freshness for readers. `height` and `block` are the highest certified. */
export interface HeartbeatMessage {
  readonly kind: 'heartbeat';
  readonly epoch: Epoch;
  readonly view: View;
  readonly height: Height;
  readonly block: BlockHash;
  /** Sender's clock, milliseconds since 1970. */
  readonly time: number;
  readonly sender: ValidatorId;
  readonly signature: Signature;
}

export type ConsensusMessage =
  | PrePrepareMessage
  | PrepareMessage
  | CommitMessage
  | ViewChangeMessage
  | NewViewMessage
  | SealMessage
  | HeartbeatMessage;

/** What can conflict in a slot. Heartbeats have none: they repeat, and a restart may say something else. */
export type EvidenceKind = VoteKind | 'seal';
export type SlotMessage = SignedVote | SealMessage;
/** What of it is signed: a slot, and with what it is filled. The key names the sender. */
export type SlotContent = Omit<Vote, 'sender'> | Omit<SealMessage, 'sender' | 'signature'>;

/** Two signed messages of one key that conflict in a slot (rule W1); `first` and `second` in one fixed order. */
export interface Evidence {
  readonly validator: ValidatorId;
  /** Of `first`. */
  readonly epoch: Epoch;
  readonly kind: EvidenceKind;
  readonly first: SlotMessage;
  readonly second: SlotMessage;
}
