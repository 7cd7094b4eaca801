/** Verification as a checklist: each check says what it compared, so that a reader can follow every step. */
import type { CodecError } from '../codec/codec-error.ts';
import type { BlockHash, Digest, Epoch, Height, NetworkId, ValidatorId } from '../types/brands.ts';
import type { ValidatorSet } from '../types/ledger.ts';

/** In the order in which they are shown. */
export const checkIds = ['decode', 'leaf', 'path', 'header', 'quorum', 'history'] as const;
export type CheckId = (typeof checkIds)[number];

/** Why a check failed. Stable: an interface may explain each. */
export type CheckFailure =
  /** An earlier check failed, and without it this one has nothing to compare. */
  | 'not-reached'
  | 'malformed'
  | 'wrong-network'
  | 'wrong-transaction'
  | 'client-signature'
  | 'proof-form'
  | 'proof-position'
  | 'root'
  | 'block-hash'
  | 'epoch'
  | 'height'
  | 'validator-set'
  | 'unknown-signer'
  | 'signer-order'
  | 'too-few-signers'
  | 'seal-signature'
  | 'genesis-hash'
  | 'genesis-form'
  | 'epoch-link'
  /** The block names another one as its parent than the block before it. */
  | 'parent'
  /** The block's time is before its parent's. */
  | 'time'
  /** It begins at another block than the last one of a quorum that is known. */
  | 'recovery-base'
  /** It begins another epoch than the next one. */
  | 'recovery-epoch'
  /** It names somebody who was no validator of the epoch that it ends, or one of them twice. */
  | 'recovery-stranger'
  /** Too few of the old validators stand aside: a quorum of them may still seal. */
  | 'recovery-too-few-validators'
  | 'recovery-statement'
  /** A survivor sealed a block above the last one that is kept. */
  | 'recovery-sealed-above'
  /** Two different blocks of one height. */
  | 'recovery-conflict'
  /** The set that it puts in the place of the old one. */
  | 'recovery-set'
  | 'recovery-possession'
  /** A record that is not in the state of its first block, or is not there to be looked at. */
  | 'recovery-record'
  | 'recovery-admin'
  | 'recovery-signature'
  | 'recovery-too-few-members';

export interface CheckDetails {
  readonly expected?: string;
  readonly actual?: string;
  /** What went in, by name: hex, text or numbers. */
  readonly inputs?: { readonly [name: string]: string | number };
  /** For `path`: the Merkle paths, to be drawn. */
  readonly paths?: readonly DrawnPath[];
  /** For `quorum`: each signer, and whether its seal is valid. */
  readonly signers?: readonly { readonly validator: ValidatorId; readonly ok: boolean }[];
}

export interface Check extends CheckDetails {
  readonly id: CheckId;
  readonly ok: boolean;
  /** Absent if ok. */
  readonly reason?: CheckFailure;
}

/** From a leaf up to a root; each step hashes the sibling on its side with what is below. */
export interface DrawnPath {
  readonly tree: 'transactions' | 'outcomes' | 'state' | 'history';
  readonly leaf: Digest;
  readonly steps: readonly {
    readonly sibling: Digest;
    readonly side: 'left' | 'right';
    readonly hash: Digest;
  }[];
  readonly root: Digest;
  readonly expectedRoot: Digest;
}

export interface Verification {
  /** All checks passed. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** Whom a verifier believes: the validators of one epoch of one network. */
export interface TrustedValidators {
  readonly network: NetworkId;
  readonly epoch: Epoch;
  readonly validators: ValidatorSet;
  /** Blocks of this epoch that no quorum sealed and that a recovery kept: its certificate proves them. */
  readonly recovered?: readonly RecoveredBlock[];
}

export interface RecoveredBlock {
  readonly height: Height;
  readonly block: BlockHash;
}

export const passed = (id: CheckId, details: CheckDetails = {}): Check => ({ ...details, id, ok: true });
export const failed = (id: CheckId, reason: CheckFailure, details: CheckDetails = {}): Check => ({
  ...details,
  id,
  ok: false,
  reason,
});
export const notReached = (id: CheckId): Check => failed(id, 'not-reached');

export const malformed = (error: CodecError): Check =>
  failed('decode', 'malformed', {
    expected: String(error.facts.expected ?? 'the declared form'),
    actual: String(error.facts.got ?? error.code),
    inputs: { code: error.code, path: error.facts.path },
  });

/** Expected and actual as text; ok if they are equal. */
export const compared = (
  id: CheckId,
  reason: CheckFailure,
  expected: string | number,
  actual: string | number,
  details: CheckDetails = {},
): Check => {
  const all = { expected: String(expected), actual: String(actual), ...details };
  return expected === actual ? passed(id, all) : failed(id, reason, all);
};

/** The first that failed, else the last: one check made of several comparisons. */
export const firstFailed = (checks: readonly [Check, ...Check[]]): Check =>
  checks.find((check) => !check.ok) ?? (checks.at(-1) as Check);

export const verificationOf = (checks: readonly Check[]): Verification => ({
  ok: checks.length > 0 && checks.every((check) => check.ok),
  checks,
});

/** All six in order, those that are missing as not reached. */
export const checklist = (checks: readonly Check[]): Verification =>
  verificationOf(checkIds.map((id) => checks.find((check) => check.id === id) ?? notReached(id)));
