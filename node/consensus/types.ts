/**
 * Inputs and outputs of the consensus core. `step(state, input)` is a pure function of both: time arrives in
 * the input, nothing is awaited, and what must happen in the world leaves as outputs, in the order in which
 * the runtime must do it: first persist, then sign, then send, then hand the signed copy back (rule D1).
 */
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  NetworkId,
  TransactionId,
  ValidatorId,
  View,
} from '../../shared/types/brands.ts';
import type { Batch, Certificate, ValidatorSet } from '../../shared/types/ledger.ts';
import type {
  ConsensusMessage,
  Evidence,
  NewViewBody,
  PreparedCertificate,
  SealMessage,
  SignedVote,
  ViewChangeBody,
} from '../../shared/types/messages.ts';
import type { NetworkParameters } from '../../shared/types/parameters.ts';

/** Of one epoch (rule E1). Another one takes its place only by `enterEpoch`. */
export interface ConsensusConfig {
  readonly network: NetworkId;
  /** Need not be among the validators: then it observes. */
  readonly self: ValidatorId;
  readonly epoch: Epoch;
  /** First height of this epoch: 1 in epoch 0. */
  readonly firstHeight: Height;
  /** Sorted by id. */
  readonly validators: ValidatorSet;
  readonly parameters: NetworkParameters;
  /** This store's incarnation is the one registered for this epoch, and the signer has its key (rule D3). */
  readonly mayVote: boolean;
  /** Whose seals certify `firstHeight` − 1. Absent in epoch 0 and after a recovery: that block needs no certificate. */
  readonly previous?: { readonly epoch: Epoch; readonly validators: ValidatorSet };
}

/** What the state after a certified block says about the end of its epoch, while it goes on (rules E1, E3). */
export type Horizon =
  | {
      readonly lastHeight?: undefined;
      readonly nextEpoch?: undefined;
      readonly nextValidators?: undefined;
      /** Wall time at which an approved activation lapses unless it is armed before. */
      readonly lapseAt?: number;
    }
  | {
      /** An activation is scheduled: the last height of this epoch, a−1. */
      readonly lastHeight: Height;
      readonly nextEpoch: Epoch;
      /** Who signs for the next epoch, as scheduled: its messages are verified with these keys. */
      readonly nextValidators: ValidatorSet;
      readonly lapseAt?: undefined;
    };

/** A block either lets its epoch go on, or is its last one and hands over (rule E1). */
export type BoundaryInput =
  | ({ readonly kind: 'within' } & Horizon)
  | { readonly kind: 'handover'; readonly next: ConsensusConfig };

/** Two clocks: one that only runs while the event loop runs and never steps back, and one of the wall. */
export interface Now {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** What the vote store held at start (rule D2), with own votes signed anew. Empty on a fresh one. */
export interface RestoredVotes {
  readonly certified: {
    readonly height: Height;
    readonly block: BlockHash;
    readonly certificate?: Certificate;
  };
  /** What the state at the tip says about the end of the epoch. */
  readonly horizon: Horizon;
  /** The store holds records of a later epoch than the blocks: these were put back to an older copy. */
  readonly isAhead: boolean;
  readonly view: View;
  /** Own PRE-PREPAREs (with their batches), PREPAREs and COMMITs above the certified height. */
  readonly votes: readonly SignedVote[];
  readonly batches: ReadonlyMap<BatchDigest, Batch>;
  readonly prepared: readonly PreparedCertificate[];
  /** Batches that were ordered when their seals were signed. */
  readonly ordered: readonly { readonly height: Height; readonly batch: BatchDigest }[];
  readonly seals: readonly SealMessage[];
  readonly viewChange?: ConsensusMessage & { kind: 'view-change' };
  readonly newView?: ConsensusMessage & { kind: 'new-view' };
}

/** Rule V6: what peers tell each other on hello and periodically. */
export interface PeerStatus {
  readonly epoch: Epoch;
  readonly view: View;
  /** Highest certified and executed height. */
  readonly height: Height;
  readonly executed: Height;
}

/** What the runtime found about a proposed batch (rules N2, N3, N5). */
export type BatchVerdict =
  | { readonly ok: true; readonly batch: Batch }
  /** Provably invalid, the same for every honest validator: suspicion (rule V1). */
  | { readonly ok: false; readonly reason: string };

export type Input =
  /** Time has passed; look at the deadlines. */
  | { readonly type: 'tick' }
  /**
   * All signatures in it are verified (rule M1), with the keys of its own epoch: this one, or the scheduled next.
   * `from` is the peer whose link it came over.
   */
  | { readonly type: 'message'; readonly from: ValidatorId; readonly message: ConsensusMessage }
  /** An intent of ours is durable and signed. */
  | { readonly type: 'own'; readonly message: ConsensusMessage }
  /** The runtime assembled a batch because `wantsProposal` said so. */
  | { readonly type: 'propose'; readonly batch: Batch; readonly digest: BatchDigest }
  | { readonly type: 'batch-checked'; readonly digest: BatchDigest; readonly verdict: BatchVerdict }
  /** Execution of an ordered batch yielded this block. */
  | {
      readonly type: 'executed';
      readonly height: Height;
      readonly block: BlockHash;
      readonly summary: ExecutionSummary;
    }
  /** A verified certificate from anywhere (rule N7). */
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** Block and certificate of this height, and of all below, are fsynced and executed (rule D2). */
  | {
      readonly type: 'certified-durable';
      readonly height: Height;
      readonly block: BlockHash;
      readonly certificate: Certificate;
      readonly summary: ExecutionSummary;
      readonly boundary: BoundaryInput;
    }
  | { readonly type: 'peer-status'; readonly from: ValidatorId; readonly status: PeerStatus }
  /** A peer's answer to our question for our own newest messages (rule D3); empty is an answer. */
  | {
      readonly type: 'own-newest';
      readonly from: ValidatorId;
      /** The epoch in which the peer stands. */
      readonly epoch: Epoch;
      readonly messages: readonly ConsensusMessage[];
    }
  /** Transactions handed over by `from` (or accepted here, then `from` is self): they start deadlines (rule F1). */
  | { readonly type: 'waiting'; readonly from: ValidatorId; readonly ids: readonly TransactionId[] }
  /** Waiting ended: certified, expired by certified time, pair used or sender absent in certified state (rule F2). */
  | { readonly type: 'settled'; readonly ids: readonly TransactionId[] };

/** Rule F1: what kind of progress a certified block was. */
export interface ExecutionSummary {
  readonly ids: readonly TransactionId[];
  /** Transactions that ran, as opposed to skipped (rule X2). */
  readonly ran: number;
}

/** What must be durable together with an intent before it is signed (rule D1). */
export type RestsOn =
  /** The batch and every body. */
  | { readonly kind: 'batch'; readonly digest: BatchDigest; readonly batch: Batch }
  | { readonly kind: 'prepared'; readonly certificate: PreparedCertificate }
  | { readonly kind: 'ordered'; readonly height: Height; readonly batch: BatchDigest };

/** An unsigned message. The runtime computes the content digest of the bodies of VIEW-CHANGE and NEW-VIEW. */
export type UnsignedMessage =
  | {
      readonly kind: 'pre-prepare';
      readonly epoch: Epoch;
      readonly view: View;
      readonly sequence: Height;
      readonly content: BatchDigest;
      readonly batch: Batch;
    }
  | {
      readonly kind: 'prepare' | 'commit';
      readonly epoch: Epoch;
      readonly view: View;
      readonly sequence: Height;
      readonly content: BatchDigest;
    }
  | {
      readonly kind: 'view-change';
      readonly epoch: Epoch;
      readonly view: View;
      readonly body: ViewChangeBody;
    }
  | { readonly kind: 'new-view'; readonly epoch: Epoch; readonly view: View; readonly body: NewViewBody }
  | { readonly kind: 'seal'; readonly epoch: Epoch; readonly height: Height; readonly block: BlockHash }
  | {
      readonly kind: 'heartbeat';
      readonly epoch: Epoch;
      readonly view: View;
      readonly height: Height;
      readonly block: BlockHash;
      readonly time: number;
    };

export type Output =
  /** Persist the message and what it rests on, fsync, sign, send if asked to, hand back as `own`. Heartbeats need no disk. */
  | {
      readonly type: 'intent';
      readonly message: UnsignedMessage;
      readonly restsOn: readonly RestsOn[];
      readonly send: boolean;
    }
  /** Already durable and signed, our own or a relayed NEW-VIEW or certificate (rule V6). */
  | {
      readonly type: 'send';
      readonly to: ValidatorId;
      readonly messages: readonly ConsensusMessage[];
      readonly certificate?: Certificate;
    }
  /** Get the batch (if it is not given) and the bodies from `holders`, check rule N2 unless re-proposed (rule N5). */
  | {
      readonly type: 'check-batch';
      readonly sequence: Height;
      readonly digest: BatchDigest;
      readonly batch?: Batch;
      readonly reproposal: boolean;
      readonly holders: readonly ValidatorId[];
    }
  /** The batch is ordered at this height and its predecessor was executed or emitted before. */
  | { readonly type: 'execute'; readonly height: Height; readonly digest: BatchDigest; readonly batch: Batch }
  /** Q equal seals over the block that we executed: persist both, then input `certified-durable`. */
  | { readonly type: 'certified'; readonly certificate: Certificate }
  /** A verified certificate names a height that we cannot execute from what was ordered here: fetch blocks. */
  | { readonly type: 'behind'; readonly height: Height; readonly peers: readonly ValidatorId[] }
  /** Rule D3: ask every peer for our own newest messages; who answered in another epoch is asked again. */
  | { readonly type: 'ask-own-newest' }
  /** Rule D3: this store's votes are not all here; it needs a new incarnation, which an activation registers. */
  | { readonly type: 'renounce'; readonly reason: 'votes-lost' | 'blocks-lost' }
  /** Rule E1: this replica stands in a new epoch; comes before any intent of it. A status to all is due. */
  | {
      readonly type: 'epoch-entered';
      readonly epoch: Epoch;
      readonly firstHeight: Height;
      readonly mode: 'starting' | 'voting' | 'observing';
    }
  /** Rule V6: the peer stands in this earlier epoch; send it the certificate of that epoch's last block. */
  | { readonly type: 'epoch-certificate'; readonly to: ValidatorId; readonly epoch: Epoch }
  /** Rule V6: the peer is in a later epoch; our status tells it what we lack. */
  | { readonly type: 'status-due'; readonly to: ValidatorId }
  /** Votes and seals at or below this height may leave the vote store (rule D2). */
  | { readonly type: 'prune'; readonly height: Height }
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  /** Rule M4: provably bad, as opposed to stale. */
  | { readonly type: 'rejected'; readonly from: ValidatorId; readonly rule: string; readonly reason: string }
  /** Rule X4: stop. */
  | {
      readonly type: 'halt';
      readonly code: 'state-divergence' | 'split-execution';
      readonly height: Height;
      readonly own: BlockHash;
      readonly others: readonly BlockHash[];
    }
  /** For operators: a step of the story, such as view changes and suspicions with their reason. */
  | {
      readonly type: 'note';
      readonly code: string;
      readonly facts: { readonly [name: string]: string | number | boolean };
    };

/** What a status page and a diagnosis need to know; a copy, never the state itself. */
export interface ConsensusView {
  readonly mode: 'starting' | 'voting' | 'observing' | 'halted';
  readonly epoch: Epoch;
  readonly view: View;
  readonly primary: ValidatorId;
  /** The view that was asked for, while it is not entered. */
  readonly changingTo?: View;
  readonly certified: Height;
  readonly executed: Height;
  readonly slots: readonly {
    readonly sequence: Height;
    readonly view: View;
    readonly content: Digest;
    readonly phase: 'pre-prepared' | 'prepared' | 'committed' | 'executed' | 'sealed';
    readonly prepares: readonly ValidatorId[];
    readonly commits: readonly ValidatorId[];
    readonly seals: readonly ValidatorId[];
  }[];
  readonly viewChanges: readonly { readonly validator: ValidatorId; readonly view: View }[];
}
