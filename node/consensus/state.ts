/**
 * What one replica knows. `step` owns and mutates it; nothing else does. Everything that a peer can make
 * grow is bounded by validators × window × a few views (rule M3).
 */
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Height,
  TransactionId,
  ValidatorId,
  View,
} from '../../shared/types/brands.ts';
import type { Batch, Certificate } from '../../shared/types/ledger.ts';
import type {
  CommitMessage,
  NewViewMessage,
  PrePrepareMessage,
  PreparedCertificate,
  PrepareMessage,
  SealMessage,
  SignedVote,
  ViewChangeMessage,
} from '../../shared/types/messages.ts';
import type { NextEpoch } from './next-epoch.ts';
import type { Strayed } from './observe.ts';
import type { ConsensusConfig, ExecutionSummary, Horizon, Now, Output } from './types.ts';

/** Votes of one kind for one sequence: by sender, then by view. */
export type VotesBySender<Message> = Map<ValidatorId, Map<View, Message>>;

/** The PRE-PREPARE that this replica works on in the current view. */
export interface Proposal {
  readonly view: View;
  readonly vote: SignedVote;
  readonly digest: BatchDigest;
  /** Absent while only a NEW-VIEW named it. */
  readonly batch?: Batch;
  readonly reproposal: boolean;
  /** `early` waits for the clock (N1), `checking` for the bodies (N3), `refused` is not voted for in this view. */
  status: 'early' | 'checking' | 'accepted' | 'refused';
}

/** All that is known about one sequence number above h. */
export interface Slot {
  readonly sequence: Height;
  readonly prePrepares: VotesBySender<PrePrepareMessage>;
  readonly prepares: VotesBySender<PrepareMessage>;
  readonly commits: VotesBySender<CommitMessage>;
  /** A seal's slot is the height alone, across views (rule D2). */
  readonly seals: Map<ValidatorId, SealMessage>;
  proposal?: Proposal;
  /** Prepared certificate of the highest view. */
  prepared?: PreparedCertificate;
  /** Batches whose bodies are here. */
  readonly batches: Map<BatchDigest, Batch>;
  /** Batches that an own intent has already made durable (rule D1). */
  readonly durableBatches: Set<BatchDigest>;
  /** Decided by Q COMMITs, or before a restart by our own seal. */
  ordered?: BatchDigest;
  block?: BlockHash;
  summary?: ExecutionSummary;
  readonly createdMs: number;
}

/** A NEW-VIEW in the making: the choice of VIEW-CHANGEs is fixed, for PRE-PREPAREs are signed after it. */
export interface PendingNewView {
  readonly view: View;
  readonly viewChanges: readonly ViewChangeMessage[];
  readonly plan: NewViewPlan;
  readonly signed: Map<Height, SignedVote>;
  /** Batches that were fetched for it. */
  readonly fetched: Map<BatchDigest, Batch>;
  prePreparesEmitted: boolean;
  newViewEmitted: boolean;
}

/** The set O of OSDI'99 §4.4: what the PRE-PREPAREs of a new view must say. */
export interface NewViewPlan {
  readonly minSequence: Height;
  readonly maxSequence: Height;
  /** One for each sequence in (min, max], ascending; `holders` have the bodies, empty for the null batch. */
  readonly entries: readonly {
    readonly sequence: Height;
    readonly digest: BatchDigest;
    readonly holders: readonly ValidatorId[];
  }[];
}

/** Rule F1: by when, as things stand, and no later whatever is certified meanwhile. */
export interface Deadline {
  deadlineMs: number;
  latestMs: number;
  extensions: number;
}

/** Something that the primary owes us by a deadline (rules F1, F2). */
export interface WaitingItem extends Deadline {
  /** Position in the order of reception. */
  readonly order: number;
  /** Expired while a higher certificate was known: judged once this height is here. */
  judgeAt?: Height;
}
export interface WaitingTransaction extends WaitingItem {
  readonly from: ValidatorId;
}

/** The newest messages of one validator, kept outside pruning so that it can ask for them (rule D3). */
export interface NewestMessages {
  prePrepare?: PrePrepareMessage;
  prepare?: PrepareMessage;
  commit?: CommitMessage;
  seal?: SealMessage;
  viewChange?: ViewChangeMessage;
  newView?: NewViewMessage;
}

/** What belongs to one epoch: all of it starts anew with the next (rules E1, E2), made by `epochFields` alone. */
export interface EpochFields {
  readonly config: ConsensusConfig;
  /** What the state after block h says about the end of this epoch (rules E1, E3). */
  horizon: Horizon;
  /** What is held for the scheduled next epoch (rule M3). */
  nextEpoch?: NextEpoch | undefined;
  /** Highest view entered. */
  view: View;
  /**
   * False after a restart in a view above 0 whose NEW-VIEW is not held: it bound this view's first
   * proposals, so none is accepted before it is here again.
   */
  installed: boolean;
  /** The view that was asked for, while it is not entered. */
  changingTo?: View | undefined;
  /** Highest view of any VIEW-CHANGE intent ever emitted: the floor of rule N7. */
  asked: View;
  /** The same at start: for views up to it, votes may have been signed and pruned before. */
  readonly askedBefore: View;
  readonly slots: Map<Height, Slot>;
  /** Content of every own vote intent above h ever emitted, by `kind/view/sequence`. */
  readonly ownVotes: Map<string, Digest>;
  readonly ownSeals: Map<Height, BlockHash>;
  /** Batches of the last window of certified heights: a NEW-VIEW may have to name them again. */
  readonly certifiedBatches: Map<Height, { readonly digest: BatchDigest; readonly batch: Batch }>;
  ownViewChange?: ViewChangeMessage | undefined;
  ownNewViewView: View;
  /** Highest VIEW-CHANGE of each sender above the current view. */
  readonly viewChanges: Map<ValidatorId, ViewChangeMessage>;
  /** NEW-VIEW of the current view, by whoever it came. */
  newView?: NewViewMessage | undefined;
  newViewPlan?: NewViewPlan | undefined;
  pendingNewView?: PendingNewView | undefined;
  /** Valid certificates above h, at most two windows of them, and the highest one. */
  readonly certificates: Map<Height, Certificate>;
  highestCertificate?: Certificate | undefined;
  behindSinceMs?: number | undefined;
  behindReported?: { readonly height: Height; readonly atMs: number; readonly certified: Height } | undefined;
  /** Unanswered `check-batch` requests. */
  readonly checks: Map<BatchDigest, { readonly sequence: Height; reproposal: boolean; askedMs: number }>;
  readonly waitingSlots: Map<Height, WaitingItem>;
  /** A scheduled activation or a due lapse, which the primary drives on an idle network (rules F2, E3). */
  activationItem?: WaitingItem | undefined;
  /** Views abandoned in a row without progress (rule V4). */
  failedViews: number;
  enteredMs: number;
  primaryHeardMs: number;
  /** When each validator last signed a heartbeat of this epoch, by its own link; at first when the epoch began here. */
  readonly heartbeatAtMs: Map<ValidatorId, number>;
  /** Our last PRE-PREPARE of a fresh batch. */
  proposedMs: number;
  viewTimer?: { readonly view: View; readonly deadlineMs: number } | undefined;
  heartbeatDueMs: number;
  earlyRecheckMs?: number | undefined;
  readonly newest: Map<ValidatorId, NewestMessages>;
  readonly newestAnswers: Set<ValidatorId>;
  askNewestDueMs: number;
  /** Height that the vote store answered for at start; follows h once voting (rule D3). */
  storeHeight: Height;
  /** Why the last view was left. */
  lastViewChange?:
    | {
        readonly from: View;
        readonly to: View;
        readonly reason: string;
        readonly atMs: number;
      }
    | undefined;
  /** Blocks of the last window of certified heights: late seals are compared with them. */
  readonly certifiedBlocks: Map<Height, BlockHash>;
  /** The first seal of each validator over another block than the certified one. */
  readonly strayed: Map<ValidatorId, Strayed>;
  /** Kinds of evidence already reported, by `validator/kind`. */
  readonly evidenceReported: Set<string>;
}

export interface ConsensusState extends EpochFields {
  mode: 'starting' | 'voting' | 'observing' | 'halted';
  /** The store at start held records of a later epoch than its blocks (rule D3). */
  readonly isStoreAhead: boolean;
  /** h: highest height that is certified and executed here, durably. */
  certified: { height: Height; block: BlockHash; certificate?: Certificate };
  executed: Height;
  executeEmitted: Height;
  certifiedEmitted: Height;
  readonly peerHeights: Map<ValidatorId, Height>;
  readonly waiting: Map<TransactionId, WaitingTransaction>;
  /** Settled since the last certified block: their order still counts for that block (rule F1). */
  readonly settledOrders: Map<TransactionId, number>;
  nextOrder: number;
  /** When each peer of an earlier epoch was last told how its epoch ended (rule V6). */
  readonly epochEndsToldMs: Map<ValidatorId, number>;
}

/** One call of `step`: the state, the clocks, and the outputs so far. */
export interface Turn {
  readonly state: ConsensusState;
  readonly now: Now;
  readonly outputs: Output[];
}

export function newSlot(sequence: Height, createdMs: number): Slot {
  return {
    sequence,
    prePrepares: new Map(),
    prepares: new Map(),
    commits: new Map(),
    seals: new Map(),
    batches: new Map(),
    durableBatches: new Set(),
    createdMs,
  };
}

export function note(
  turn: Turn,
  code: string,
  facts: { readonly [name: string]: string | number | boolean },
): void {
  turn.outputs.push({ type: 'note', code, facts });
}

export function reject(turn: Turn, from: ValidatorId, rule: string, reason: string): void {
  turn.outputs.push({ type: 'rejected', from, rule, reason });
}

/** In a view, with its NEW-VIEW at hand, and not asking for a higher one. */
export const isInView = (state: ConsensusState): boolean => state.installed && state.changingTo === undefined;

/** The view that this replica stands for: asked for or entered. */
export const standingView = (state: ConsensusState): View => state.changingTo ?? state.view;
