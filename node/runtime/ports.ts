/**
 * What the runtime needs of the world, each port one to three methods. Completions are callbacks and not
 * promises, so that the simulator decides when each one happens, and a crash is a completion that never comes.
 */
import type { VerifySignatureNow } from '../../shared/crypto/ed25519.ts';
import type {
  BatchDigest,
  BlockHash,
  Digest,
  Epoch,
  Height,
  Incarnation,
  PublicKey,
  Signature,
  TransactionId,
  ValidatorId,
} from '../../shared/types/brands.ts';
import type {
  Batch,
  Certificate,
  EpochLink,
  Header,
  Transaction,
  ValidatorSet,
} from '../../shared/types/ledger.ts';
import type {
  NewViewMessage,
  PreparedCertificate,
  ViewChangeMessage,
  Vote,
} from '../../shared/types/messages.ts';
import type { SnapshotManifest } from '../ledger/snapshot-manifest.ts';
import type { ProvenPart } from '../ledger/snapshot-piece.ts';
import type { ExecutedBlock, StateView, TreeView } from '../ledger/types.ts';
import type { Reader } from './reader.ts';
import type { AcceptedRecovery } from './recoveries.ts';

export interface ClockPort {
  /** Milliseconds; stops while the event loop is blocked, never steps back. */
  monotonicMs(): number;
  wallMs(): number;
}

export interface TimerPort {
  /** Calls back once, not before `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface RandomPort {
  /** Uniform in [0, 1): for jitter only. */
  unit(): number;
  /** So many that nobody can foresee: for challenges. */
  bytes(count: number): Uint8Array;
}

export interface SignRequest {
  /** In which it is said; of a transaction, the current one. */
  readonly epoch: Epoch;
  /** This validator's consensus key in that epoch. */
  readonly key: PublicKey;
  /** Domain, network and content, as they are signed. */
  readonly bytes: Uint8Array;
}

export interface SignerPort {
  /**
   * One answer per request, in order. While a signer in another process is away, `done` waits. undefined: not signed,
   * for a later message made it useless, such as a vote whose height is certified by now. A transaction is always
   * signed.
   */
  sign(
    requests: readonly SignRequest[],
    done: (signatures: readonly (Signature | undefined)[]) => void,
  ): void;
  /** Public keys with which it can sign: who has none of the epoch's set does not vote. */
  keys(): readonly PublicKey[];
  /**
   * An epoch is over, as this proves: from now on it signs nothing of it at or above its end (rule E1). In order, epoch
   * after epoch; one that is known again is no fault. Absent where it believes what it is asked for.
   */
  advance?(link: EpochLink): void;
}

export interface VerificationItem {
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}
export interface VerifierPort {
  /** Under the one verification rule (design, section 5); one answer per item, in order. */
  verify(items: readonly VerificationItem[], done: (valid: readonly boolean[]) => void): void;
  /** One at once, under the same rule: for execution, which awaits nothing. The portable one if absent. */
  readonly verifyNow?: VerifySignatureNow;
}

/** One fsync covers a whole list (rule D1). */
export type VoteRecord =
  | {
      readonly kind: 'batch';
      readonly digest: BatchDigest;
      readonly batch: Batch;
      readonly envelopes: readonly Uint8Array[];
    }
  | { readonly kind: 'vote'; readonly vote: Vote }
  | { readonly kind: 'prepared'; readonly certificate: PreparedCertificate }
  | { readonly kind: 'ordered'; readonly height: Height; readonly batch: BatchDigest }
  | { readonly kind: 'seal'; readonly epoch: number; readonly height: Height; readonly block: BlockHash }
  | {
      readonly kind: 'view-change';
      readonly message: Omit<ViewChangeMessage, 'vote'> & { readonly vote: Vote };
    }
  | { readonly kind: 'new-view'; readonly message: Omit<NewViewMessage, 'vote'> & { readonly vote: Vote } };

/** Everything that the vote store holds, as it was persisted (unsigned). */
export interface StoredVotes {
  readonly incarnation: Incarnation;
  readonly records: readonly VoteRecord[];
}

export interface VoteStorePort {
  load(): StoredVotes;
  /** Durable when `done` is called. An fsync error is fatal: `done` never comes, the node stops (rule D2). */
  persist(records: readonly VoteRecord[], done: () => void): void;
  /** Drops votes, seals and bodies at or below this height; the latest VIEW-CHANGE and NEW-VIEW stay. */
  prune(height: Height): void;
  /**
   * Rule E1: this epoch has begun at this height. From now on persisting a vote, a seal or what one rests on, of an
   * earlier epoch and at or above it, throws: whoever asks for it would order two blocks at one height.
   */
  enterEpoch(epoch: Epoch, firstHeight: Height): void;
  /**
   * Rule D3: what was voted is not all known here. A new random incarnation takes the place of the old one and all
   * records leave; durable when `done` is called. The store votes again once an activation registers it.
   * @param fresh the incarnation, if it was chosen before, such as one that a recovery registers
   */
  renounce(done: (fresh: Incarnation) => void, fresh?: Incarnation): void;
}

/** A certified block as it is kept, served to peers and replayed. */
export interface StoredBlock {
  readonly header: Uint8Array;
  /** Without seals if only an accepted recovery proves it. */
  readonly certificate: Certificate;
  readonly batch: Batch;
  /** One envelope for each id of the batch, in order. */
  readonly envelopes: readonly Uint8Array[];
  /** If and only if its header hands over: the set that it hands over to (rule E2). */
  readonly nextValidators?: ValidatorSet;
}

export interface Tip {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly header: Header;
  /** Absent at genesis. */
  readonly certificate?: Certificate;
}

export interface BlockStorePort {
  tip(): Tip;
  /** Heights ascend without a gap. Durable (block and certificate fsynced) when `done` is called. */
  append(
    block: ExecutedBlock,
    certificate: Certificate,
    batch: Batch,
    envelopes: readonly Uint8Array[],
    done: () => void,
  ): void;
  /** undefined if there is no such block here, or no body of it. */
  read(height: Height): StoredBlock | undefined;
  /** Header and certificate, which stay when bodies are pruned; genesis has none. */
  header?(height: Height): CertifiedHeader | undefined;
  /** The last block of an epoch that is over; without the set that it hands over to where that is damaged. */
  epochEnd(epoch: Epoch): CertifiedHeader | undefined;
  /** From here up to the tip all bodies are here; 1 if nothing is missing. */
  bodiesFrom?(): Height;
  /** Recoveries that the operator accepted, ascending by epoch. They do not change while the node runs. */
  recoveries?(): readonly AcceptedRecovery[];
}

export interface CertifiedHeader {
  readonly header: Uint8Array;
  readonly certificate: Certificate;
  /** As in `StoredBlock`. */
  readonly nextValidators?: ValidatorSet;
}

/** The last header of an epoch, proven, with the set that it hands over to. */
export interface HandOver {
  readonly header: Header;
  readonly nextValidators: ValidatorSet;
}

/** A block with what was decided in it, as it is kept, and sent to a peer whose copy is damaged. */
export interface DecidedBlock extends StoredBlock {
  /** Of the transactions that ran, in their order. */
  readonly ran: readonly DecidedTransaction[];
}

export interface DecidedTransaction {
  readonly outcome: Uint8Array;
  /** CBOR of the list of events. */
  readonly events: Uint8Array;
}

/** A block of a peer that has proven itself: certificate, batch, bodies, outcomes and events. */
export interface ProvenBlock {
  readonly height: Height;
  readonly hash: BlockHash;
  readonly stored: StoredBlock;
  readonly ran: readonly (DecidedTransaction & {
    /** In the batch. */
    readonly place: number;
    /** Identity id of the sender; absent if its key was unknown when it ran. */
    readonly sender?: string;
  })[];
  /** How many of them were refused. */
  readonly failed: number;
}

export interface Neighbours {
  /** Hash of the block below. */
  readonly below?: BlockHash;
  /** The parent that the block above names. */
  readonly parentAbove?: BlockHash;
}

export type DamageFacts = { readonly [name: string]: string | number };

/** Stored blocks that differ from their digests: which they are, and how they are put right. */
export interface RepairPort {
  /** Those that were met and not repaired since, ascending. */
  damaged(): readonly Height[];
  /** Told of each once, from wherever something of it was read; to be taken note of, not acted upon there. */
  watch(found: (height: Height, facts: DamageFacts) => void): void;
  /**
   * Reads stored blocks whole, from a height on, until so many transactions were read.
   * @returns the height to go on from; undefined at the end
   */
  inspect(from: Height, transactionsMax: number): Height | undefined;
  /** Undefined if there is no such block here, or no body of it. Throws what is damaged. */
  decided(height: Height): DecidedBlock | undefined;
  /** What the intact blocks next to this one say of it: whom it follows, and who follows it. */
  beside(height: Height): Neighbours;
  /** What intact stored blocks hand over to, ascending. */
  handOvers(): readonly HandOver[];
  /** Durable when it returns. @returns why it could not be done; undefined if it was. */
  replace(block: ProvenBlock): string | undefined;
}

export interface SnapshotOffer {
  readonly height: Height;
  /** Digest of its manifest. */
  readonly manifest: Digest;
}

/** Snapshots of state that this node serves, and the one that it takes in (rule C2). */
export interface SnapshotPort {
  /** Newest first. */
  offers(): readonly SnapshotOffer[];
  manifest(digest: Digest): { readonly bytes: Uint8Array; readonly certificate: Certificate } | undefined;
  /** Part 0 of a piece holds its leaves. */
  part(digest: Digest, piece: number, part: number): Uint8Array | undefined;
  /** What a kill interrupted. */
  unfinished(): SnapshotIntake | undefined;
  /** Takes in another snapshot; an unfinished one is given up. */
  begin(manifest: Uint8Array, certificate: Certificate): SnapshotIntake;
}

/** Proven parts of one snapshot, kept across restarts. */
export interface SnapshotIntake {
  readonly digest: Digest;
  readonly manifest: SnapshotManifest;
  readonly certificate: Certificate;
  isDone(kind: 'headers' | 'piece', index: number): boolean;
  putHeaders(headers: readonly CertifiedHeader[]): void;
  /** Of the headers that were put, ascending. */
  handOvers(): readonly HandOver[];
  /** Leaves of a piece. */
  putState(entries: readonly (readonly [key: string, value: Uint8Array])[]): void;
  /** What a part behind them proves. */
  putPart(part: ProvenPart): void;
  /** What was put for it stays from now on. */
  markDone(kind: 'headers' | 'piece', index: number): void;
  /** All is there and durable: the node takes it over when it starts next. */
  finish(): void;
}

/** State and tree after the highest executed block. Memory runs ahead; disk checkpoints certified heights only. */
export interface StatePort extends StateView, TreeView {
  /** Height up to which changes were applied. */
  height(): Height;
  stateRoot(): Digest;
  history(): import('../../shared/crypto/merkle.ts').Frontier;
  apply(block: ExecutedBlock): void;
  /** Blocks up to here are certified and durable: they may be checkpointed and indexed. */
  certified(height: Height): void;
}

/** Accepted transactions that this node promises to try until they expire, across restarts. */
export interface AcceptedStorePort {
  load(): readonly Uint8Array[];
  add(transactions: readonly Transaction[], done: () => void): void;
  remove(ids: readonly TransactionId[]): void;
}

export interface PayloadBytes {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** Payloads by digest: what events name, and what has arrived and is not on the ledger yet, the loose ones. */
export interface PayloadStorePort {
  /** Bytes of one that is durable here; undefined if it is not. */
  size(digest: Digest): number | undefined;
  /** undefined: not here. */
  get(digest: Digest): Uint8Array | undefined;
  /** Whether its bytes say that it may be erased; false if it is not here. */
  saysErasable(digest: Digest): boolean;
  /** Durable when `done` is called. They have arrived at `atMs`, milliseconds since 1970, also those that are here. */
  put(items: readonly PayloadBytes[], atMs: number, done: () => void): void;
  /** Something that is to be ordered names them anew. */
  arrivedAgain(digests: readonly Digest[], arrivedMs: number): void;
  /** The ledger names them: they are loose no more, and stay until they are erased. */
  keep(digests: readonly Digest[]): void;
  /** Loose ones that arrived before then, oldest first. */
  loose(beforeMs: number, countMax: number): readonly Digest[];
  /**
   * When `committed` is called they are not here any more, and what is put from then on stays; when `done` is called
   * they are in no file of the store, which takes as long as somebody else reads it.
   */
  erase(digests: readonly Digest[], done: () => void, committed?: () => void): void;
  figures(): { readonly count: number; readonly bytes: number; readonly looseBytes: number };
}

/** Moves frames between nodes that the ledger knows. Frames to a closed link are dropped; the runtime re-sends. */
export interface LinksPort {
  /** Nodes of the ledger's address book whose link is open now: validators, and who only follows. */
  open(): readonly ValidatorId[];
  /** Others that answer, under names of their own: asked for what proves itself alone (rule C1). */
  servers?(): readonly ValidatorId[];
  /** Whether the ledger's address book names it. Absent where there is none, such as in the simulator. */
  knows?(peer: ValidatorId): boolean;
  /** Whether such servers are wanted. */
  behind?(isBehind: boolean): void;
  send(to: ValidatorId, frame: Uint8Array): void;
  /**
   * Calls a peer of the book at its registered address: whether one of its registered node keys answers there. Absent
   * where peers have no addresses, such as in the simulator.
   */
  reach?(peer: ValidatorId, done: (isReached: boolean) => void): void;
  /** This peer sent what no honest one sends; links may read it more slowly. */
  useless?(from: ValidatorId): void;
  /** What this peer sent takes so much of our time besides its handling here, such as for signatures. */
  spend?(from: ValidatorId, costMs: number): void;
}

/** What links call; the runtime implements it. */
export interface LinkEvents {
  opened(peer: ValidatorId): void;
  closed(peer: ValidatorId): void;
  received(peer: ValidatorId, frame: Uint8Array): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export interface LogPort {
  /** `code` is stable and machine-readable; `facts` hold no secrets. */
  write(level: LogLevel, code: string, facts: { readonly [name: string]: unknown }): void;
}

export interface RuntimePorts {
  readonly clock: ClockPort;
  readonly timers: TimerPort;
  readonly random: RandomPort;
  readonly signer: SignerPort;
  readonly verifier: VerifierPort;
  readonly votes: VoteStorePort;
  readonly blocks: BlockStorePort;
  readonly state: StatePort;
  readonly accepted: AcceptedStorePort;
  readonly payloads: PayloadStorePort;
  readonly links: LinksPort;
  /** Absent where no snapshots are kept, such as in the simulator. */
  readonly snapshots?: SnapshotPort;
  /** Absent where damage is put right by other means, such as in the simulator. */
  readonly repair?: RepairPort;
  readonly log: LogPort;
  /** The codec itself if absent. */
  readonly reader?: Reader;
  /** The node must stop now: disk failure, divergence (rule X4). Never returns control to voting. */
  readonly stop: (code: string, facts: { readonly [name: string]: unknown }) => void;
}
