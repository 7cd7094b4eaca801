/** Execution: a pure function from an ordered batch and the state before it to a block and the changes. */

import type { CborMap } from '../../shared/codec/structure.ts';
import type { VerifySignatureNow } from '../../shared/crypto/ed25519.ts';
import type { Frontier } from '../../shared/crypto/merkle.ts';
import type { NodePath, TreeNode } from '../../shared/crypto/sparse-merkle-tree.ts';
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  NetworkId,
  TransactionId,
} from '../../shared/types/brands.ts';
import type { Boundary } from '../../shared/types/epochs.ts';
import type {
  Batch,
  CborValue,
  Header,
  LedgerEvent,
  Outcome,
  Rejection,
  Transaction,
} from '../../shared/types/ledger.ts';
import type { RecoveryCertificate } from '../../shared/types/recovery.ts';
import type { FormCheck } from './form.ts';
import type { CheckSteps } from './schema/block-steps.ts';

/** State before a block: a synchronous read view, key → value bytes (CBOR). Keys are `module/…` text. */
export interface StateView {
  get(key: string): Uint8Array | undefined;
  /** The same, decoded, by views that keep what they decoded; not to be changed. */
  record?(key: string): CborValue | undefined;
}
/** The sparse Merkle tree before a block. */
export interface TreeView {
  getNode(path: NodePath): TreeNode | undefined;
}

/** Who sends a command, as state knows it, and when (block time). */
export interface CommandContext {
  readonly network: NetworkId;
  readonly epoch: Epoch;
  readonly height: Height;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
  readonly transaction: TransactionId;
  /** Of a validator's own action: its validator id, no roles. */
  readonly identity: { readonly id: string; readonly member: string; readonly roles: readonly string[] };
  /** What checking its events may still cost in this block; without, such as ahead of one, only what every append may. */
  readonly checkSteps?: CheckSteps;
  /** For signatures inside arguments; the slow portable one if absent. Both give the same answers. */
  readonly verifySignature?: VerifySignatureNow;
}

export type Decision =
  | { readonly ok: true; readonly events: readonly LedgerEvent[] }
  | { readonly ok: false; readonly rejection: Rejection };

/** What evolve may write. A later event of the same block sees it. */
export interface StateChanges extends StateView {
  set(key: string, value: Uint8Array): void;
  delete(key: string): void;
}

/** Checks the form of an action's arguments, which needs no state; undefined: acceptable. */
export type ActionForm = (args: CborValue) => Rejection | undefined;

/** What a later protocol version changes in the actions of a module (protocols.ts). */
export interface Revision {
  /** The first version that has it, from 2 on. */
  readonly since: number;
  /** Actions that are new, or take another form from then on. */
  readonly actions: { readonly [action: string]: ActionForm };
  /** Decides these actions from then on; who decided them before, if absent. */
  readonly decide?: LedgerModule['decide'];
}

/** A decider: `decide` judges a command against state, `evolve` folds an event into it (design, section 6). */
export interface LedgerModule {
  readonly name: string;
  /** Actions it owns in protocol version 1. */
  readonly actions: { readonly [action: string]: ActionForm };
  /** Oldest first. */
  readonly revisions?: readonly Revision[];
  /** Its actions are signed by consensus keys of the epoch's validators instead of keys of identities. */
  readonly senders?: 'validators';
  decide(state: StateView, context: CommandContext, action: string, args: CborValue): Decision;
  /** One fold for all versions, since events are kept for ever. `data`: the encoding of `event.data`. */
  evolve(state: StateChanges, event: LedgerEvent, data: Uint8Array): void;
}

/** Where a block stands. */
export interface BlockMoment {
  readonly height: Height;
  /** Block time (rule X1), milliseconds since 1970. */
  readonly time: number;
}

/** A command of governance: what members decide together, in the place of the one who casts the deciding ballot. */
export interface GovernedContext extends CommandContext {
  /** `member` made it. */
  readonly proposal: { readonly number: number; readonly member: string };
}

/** An action that needs ballots; its events are of the module that owns them. */
export interface Governed {
  readonly form: FormCheck;
  /** `args` passed `form`. */
  decide(state: StateView, context: GovernedContext, args: CborMap): Decision;
  /** Oldest first: what later protocol versions decide instead. */
  readonly revisions?: readonly {
    /** The first version that has it, from 2 on. */
    readonly since: number;
    decide(state: StateView, context: GovernedContext, args: CborMap): Decision;
  }[];
}

/** Epoch, validators and parameters are those of the state before. */
export interface BlockInput {
  readonly network: NetworkId;
  readonly height: Height;
  readonly parent: { readonly hash: BlockHash; readonly time: number };
  readonly batch: Batch;
  readonly batchDigest: BatchDigest;
  /** In the batch's order, one for each id. */
  readonly transactions: readonly Transaction[];
  readonly state: StateView;
  readonly tree: TreeView;
  /** Root of the tree before this block. */
  readonly stateRoot: Digest;
  /** RFC 9162 frontier over the hashes of blocks 0…height−1. */
  readonly history: Frontier;
  /** Accepted here, if the block before is the last one that it kept: this block opens with it. */
  readonly recovery?: RecoveryCertificate;
  /** As in `CommandContext`. */
  readonly verifySignature?: VerifySignatureNow;
}

export interface ExecutedTransaction {
  readonly transaction: Transaction;
  /** Identity id of the sender; absent if its key was unknown when it ran. */
  readonly sender?: string;
  readonly outcome: Outcome;
  readonly outcomeBytes: Uint8Array;
  readonly events: readonly LedgerEvent[];
  /** CBOR of the list of events. */
  readonly eventsBytes: Uint8Array;
}

export interface ExecutedBlock {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly header: Header;
  readonly headerBytes: Uint8Array;
  /** Those that ran, in order; `index` in the block's trees is the position here. */
  readonly ran: readonly ExecutedTransaction[];
  /** Ids that rule X2 skipped. */
  readonly skipped: readonly TransactionId[];
  /** Events of no transaction: before the first, and behind the last. The state root binds what they do. */
  readonly opening: readonly LedgerEvent[];
  readonly closing: readonly LedgerEvent[];
  /** What the state after this block says about the end of its epoch. */
  readonly boundary: Boundary;
  /** undefined removes the key. */
  readonly changes: ReadonlyMap<string, Uint8Array | undefined>;
  readonly nodes: ReadonlyMap<NodePath, TreeNode | undefined>;
  /** Frontier over the hashes of blocks 0…height. */
  readonly history: Frontier;
}
