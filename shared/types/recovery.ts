/** How a network goes on when a quorum is gone for good: what the members sign, and what it says of the chain. */
import type { SparseMerkleProof } from '../crypto/sparse-merkle-tree.ts';
import type {
  BlockHash,
  Digest,
  Epoch,
  Height,
  IdentityId,
  MemberId,
  NetworkId,
  Signature,
  ValidatorId,
} from './brands.ts';
import type { Certificate, GenesisValidator } from './ledger.ts';

/** A validator of the epoch that begins. */
export interface RecoverySeat extends GenesisValidator {
  /** By each of its keys, as at every registration. */
  readonly possession: { readonly consensus: Signature; readonly node: Signature };
}

/** The word of a validator of the epoch that ends: this is the highest block that it sealed, and it seals no more. */
export interface RecoveryStatement {
  readonly validator: ValidatorId;
  readonly height: Height;
  readonly block: BlockHash;
  /** By its consensus key in that epoch. */
  readonly signature: Signature;
}

/** C: the block that a quorum sealed last, as far as anybody knows. */
export interface RecoveryBase {
  readonly header: Uint8Array;
  /** Absent if the epoch that ends began behind this very block: what proves that proves the block. */
  readonly certificate?: Certificate;
}

/** What admins of the members sign. */
export interface RecoveryContent {
  readonly version: 1;
  readonly network: NetworkId;
  /** The one that begins. */
  readonly epoch: Epoch;
  readonly base: RecoveryBase;
  /** Of blocks C + 1…H: sealed by a survivor, certified by nobody. */
  readonly headers: readonly Uint8Array[];
  /** Sorted by id. */
  readonly validators: readonly RecoverySeat[];
  readonly reason: string;
  /** Sorted by validator. */
  readonly survivors: readonly RecoveryStatement[];
  /** Validators of the epoch that ends of which the members vouch that they sign nothing any more; sorted. */
  readonly fenced: readonly ValidatorId[];
}

/** A record in the state of block C. */
export interface RecoveryRecord {
  readonly key: string;
  readonly value: Uint8Array;
  readonly proof: Pick<SparseMerkleProof, 'siblings'>;
}

export interface RecoverySignature {
  readonly identity: IdentityId;
  readonly signature: Signature;
}

export interface RecoveryCertificate {
  readonly content: RecoveryContent;
  /** Exactly as it was signed. */
  readonly contentBytes: Uint8Array;
  /** Sorted by key: the threshold, all members, and who signed. */
  readonly records: readonly RecoveryRecord[];
  /** Sorted by identity. */
  readonly signatures: readonly RecoverySignature[];
}

/** A place in the chain that no quorum proves: what everybody who verifies it is told. */
export interface RecoveryBreak {
  /** Digest of what was signed. */
  readonly digest: Digest;
  /** C, the last block that a quorum sealed. */
  readonly base: Height;
  /** H, the last block that was kept. */
  readonly height: Height;
  /** The epoch that begins at H + 1. */
  readonly epoch: Epoch;
  readonly reason: string;
  readonly signers: readonly { readonly identity: IdentityId; readonly member: MemberId }[];
  /** Old validators that said what they sealed, and those that were only fenced. */
  readonly survivors: readonly ValidatorId[];
  readonly fenced: readonly ValidatorId[];
  /** Validators of the epoch that ended. */
  readonly of: number;
  readonly loss: RecoveryLoss;
}

/**
 * Whether a certified block may have been lost. `none`: so many said what they sealed that an honest one among them
 * sealed every certified block. `if-lied`: none unless one of them lied. `possible`: certified blocks may have gone
 * with those that were lost.
 */
export type RecoveryLoss = 'none' | 'if-lied' | 'possible';
