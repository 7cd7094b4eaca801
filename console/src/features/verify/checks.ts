import type { Check, CheckFailure, CheckId } from '../../../../shared/protocol/checks.ts';
import type { RecoveryBreak } from '../../../../shared/types/recovery.ts';

export const checkTitles: { readonly [id in CheckId]: string } = {
  decode: 'Decode',
  leaf: 'Leaf hash',
  path: 'Merkle path',
  header: 'Header',
  quorum: 'Quorum of seals',
  history: 'Genesis link',
};

/** What a subject calls those of its checks that are about something else than in a receipt. */
export type CheckTitles = { readonly [id in CheckId]?: string };
export const streamTitles: CheckTitles = { leaf: 'Revisions' };
export const heightsTitles: CheckTitles = { history: 'History' };
export const chainTitles: CheckTitles = { history: 'Link and history' };
export const reportTitles: CheckTitles = { header: 'Network', leaf: 'Signature' };

/** What was proven, once all passed. */
export interface Proven {
  readonly network: string;
  readonly height: number;
  readonly block: string;
  /** Block time, milliseconds since 1970. */
  readonly time: number;
  /** Absent for a block. */
  readonly record?: {
    readonly transaction: string;
    readonly action: string;
    readonly sender: string;
    readonly outcome: string;
    readonly args: unknown;
  };
  /** What state has under a key after this block. */
  readonly entry?: {
    readonly key: string;
    /** Absent if the key is. */
    readonly value?: unknown;
  };
  /** All events of a stream after this block. */
  readonly stream?: { readonly name: string; readonly events: number };
  /** The block below this one, of which nothing was removed. */
  readonly since?: { readonly height: number; readonly block: string };
  /** Places of the chain that it rests on which no quorum proves. */
  readonly breaks?: readonly RecoveryBreak[];
}

export interface VerificationReport {
  readonly checks: readonly Check[];
  readonly proven?: Proven;
}

/** No quorum sealed the block that was proven: a recovery kept it. */
export const isKeptByRecovery = ({ height, breaks = [] }: Proven): boolean =>
  breaks.some((happened) => happened.base < height && height <= happened.height);

export const wasReached = ({ reason }: Check): boolean => reason !== 'not-reached';

/** The first check that failed, if one did; one that was not reached tells nothing of what is wrong. */
export function firstFailure(checks: readonly Check[]): Check | undefined {
  return checks.find((check) => !check.ok && wasReached(check)) ?? checks.find(({ ok }) => !ok);
}

const passedSentences: { readonly [id in CheckId]: string } = {
  decode: 'Strict DAG-CBOR, every member in its place',
  leaf: 'The transaction is signed by its sender, and the outcome is about it',
  path: 'The leaves lead to the roots in the header',
  header: 'The header hashes to the sealed block of the pinned network',
  quorum: 'Enough distinct validators of the epoch sealed this block',
  history: 'The validators follow from the pinned genesis block',
};

const failedSentences: { readonly [reason in CheckFailure]: string } = {
  'not-reached': 'An earlier check failed',
  malformed: 'The bytes are not in the declared form',
  'wrong-network': 'It belongs to another network',
  'wrong-transaction': 'It is about another transaction',
  'client-signature': 'The sender did not sign these bytes',
  'proof-form': 'The path does not fit its place in the tree',
  'proof-position': 'The two proofs report different places',
  root: 'The leaves lead to another root than the header has',
  'block-hash': 'The header does not hash to the block that was sealed',
  epoch: 'The epochs differ',
  height: 'The heights differ',
  'validator-set': 'The validator set is not the one that the header names',
  'unknown-signer': 'A seal is by someone who is not a validator of the epoch',
  'signer-order': 'A validator is counted twice',
  'too-few-signers': 'Fewer seals than a quorum',
  'seal-signature': 'A seal is not a valid signature over this block',
  'genesis-hash': 'The genesis block is not the one that this browser has pinned',
  'genesis-form': 'The genesis block is not a first block',
  'epoch-link': 'The chain of epochs has a gap',
  parent: 'The block does not follow from the one before it',
  time: 'The block is older than the one before it',
  'recovery-base': 'The recovery begins at another block than the one that is proven',
  'recovery-epoch': 'The recovery begins another epoch than the next one',
  'recovery-stranger': 'The recovery names someone who was no validator of the epoch that it ends',
  'recovery-too-few-validators': 'Too few of the old validators stand aside: a quorum of them may still seal',
  'recovery-statement': 'A survivor did not sign what it is said to have sealed',
  'recovery-sealed-above': 'A survivor sealed a block above the last one that is kept',
  'recovery-conflict': 'Two different blocks of one height were sealed',
  'recovery-set': 'The set that the recovery puts in place may not be one',
  'recovery-possession': 'A new validator does not prove that it holds its keys',
  'recovery-record': 'What the recovery says of members and admins is not in the certified state',
  'recovery-admin': 'Someone signed the recovery who is no admin of an active member',
  'recovery-signature': 'A signature under the recovery is not valid',
  'recovery-too-few-members': 'Too few members signed the recovery',
};

/** One sentence for a check's row, with the figures that matter. */
export function sentenceOf(check: Check): string {
  if (!check.ok && check.inputs?.shown !== undefined) {
    return `What this page shows as ${check.inputs.shown} is not what was proven`;
  }
  if (!check.ok && check.inputs?.signer !== undefined) return unsignedSentence(check.inputs.signer);
  if (!check.ok) return failedSentenceOf(check);
  return figuresOf(check) ?? passedSentences[check.id];
}

function failedSentenceOf({ id, reason, inputs = {} }: Check): string {
  if (reason === undefined) return 'It failed';
  const { unproven, 'hand-over to epoch': to } = inputs;
  const why = failedSentences[reason];
  if (to !== undefined)
    return `The hand-over to epoch ${to} does not hold: ${why.charAt(0).toLowerCase()}${why.slice(1)}`;
  if (unproven !== undefined) return `No hand-over to epoch ${unproven} is known that could be proven`;
  return id === 'history' && reason === 'height' ? 'The height is none of its epoch' : why;
}

/** Of a report, which nobody need have signed. */
const unsignedSentence = (signer: string | number): string =>
  signer === 'nobody' ? 'Nobody signed it' : 'The key that it names did not sign these bytes';

const counted = (count: string | number, what: string): string =>
  `${count} ${Number(count) === 1 ? what : `${what}s`}`;

/** Sentences that need the figures of a check; blocks have all leaves where a receipt has one. */
function figuresOf({ id, inputs = {}, signers }: Check): string | undefined {
  const { bytes, transactions, leaves, below, quorum, validators, epoch, events, follows, from, to } = inputs;
  if (id === 'decode' && bytes !== undefined)
    return `${bytes} bytes of strict DAG-CBOR, every member in its place`;
  if (id === 'leaf' && transactions !== undefined) {
    return `${counted(transactions, 'transaction')}, and each outcome is about the one at its place`;
  }
  if (id === 'path' && leaves !== undefined) {
    return leaves === 1
      ? 'The only leaf hashes to the root that was sealed'
      : `All ${leaves} leaves, none left out, hash to the root that was sealed`;
  }
  if (id === 'header' && inputs['report of'] !== undefined) return 'It is about the pinned network';
  if (id === 'leaf' && inputs.signer !== undefined) {
    return 'The key that it names signed exactly these bytes';
  }
  if (id === 'leaf' && events !== undefined) {
    return `${counted(events, 'event')}, revision after revision, none missing`;
  }
  if (id === 'path' && inputs.key !== undefined) {
    return 'The value is the one, and the only one, that the state root in the header allows';
  }
  if (id === 'history' && follows !== undefined) {
    return `It follows block ${follows}, and its history covers every block below`;
  }
  if (id === 'history' && from !== undefined) {
    return `All blocks up to ${from} are unchanged among those below ${to}: nothing was removed`;
  }
  if (id === 'history' && below !== undefined) {
    return `Certified block ${below} has this block in its history, back to the pinned genesis`;
  }
  if (id === 'history' && Number(epoch) > 0) {
    return `The validators of epoch ${epoch} follow from the pinned genesis block, one hand-over after the other`;
  }
  if (id === 'quorum' && inputs.block !== undefined && quorum === undefined) {
    return 'No quorum sealed it: the recovery that ended its epoch kept this very block';
  }
  if (id === 'quorum' && signers !== undefined) {
    return `${signers.length} valid seals by distinct validators of epoch ${epoch}; ${quorum} of ${validators} are needed`;
  }
  return undefined;
}
