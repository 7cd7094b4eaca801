/**
 * Start-up: the vote store's records become the state that consensus starts from (rule D2). Own votes were
 * stored unsigned and are signed anew, in the order in which they were written; Ed25519 gives the same bytes.
 */
import { sealSigningBytes, voteSigningBytes } from '../../shared/codec/messages.ts';
import {
  type BatchDigest,
  type Epoch,
  epochOf,
  type Height,
  type NetworkId,
  type PublicKey,
  type Signature,
  type ValidatorId,
  type View,
  viewOf,
} from '../../shared/types/brands.ts';
import type { Batch } from '../../shared/types/ledger.ts';
import type {
  NewViewMessage,
  PreparedCertificate,
  SealMessage,
  SignedVote,
  ViewChangeMessage,
  Vote,
} from '../../shared/types/messages.ts';
import type { Horizon, RestoredVotes } from '../consensus/types.ts';
import type { RuntimePorts, SignRequest, Tip, VoteRecord } from './ports.ts';
import type { Signers } from './signatures.ts';

type SignedRecord = Extract<VoteRecord, { kind: 'vote' | 'seal' | 'view-change' | 'new-view' }>;

export interface RestoreInput {
  readonly network: NetworkId;
  readonly self: ValidatorId;
  readonly tip: Tip;
  /** Which follows the block at the tip. */
  readonly epoch: Epoch;
  readonly signers: Signers;
  /** Of the block at the tip. */
  readonly horizon: Horizon;
  readonly records: readonly VoteRecord[];
}

/**
 * Calls back once everything is signed: what is of the epoch alone. Heights of an earlier one are all certified, and
 * records of a later one mean that the blocks were put back to an older copy (rule D3).
 */
export function restoreVotes(
  ports: Pick<RuntimePorts, 'signer'>,
  input: RestoreInput,
  done: (restored: RestoredVotes) => void,
): void {
  const signed = input.records.filter(isSigned).filter((record) => epochOfRecord(record) === input.epoch);
  const key = input.signers.setOf(input.epoch)?.keys.get(input.self);
  // Who has no key of the epoch observes, and votes for nothing that it could send again.
  if (key === undefined || !ports.signer.keys().includes(key)) {
    done(restoredOf(input, [], []));
    return;
  }
  if (signed.length === 0) {
    done(restoredOf(input, signed, []));
    return;
  }
  ports.signer.sign(
    signed.map((record) => requestOf(input, key, record)),
    (signatures) => done(restoredOf(input, signed, signatures)),
  );
}

const requestOf = ({ network, epoch }: RestoreInput, key: PublicKey, record: SignedRecord): SignRequest => ({
  epoch,
  key,
  bytes: signingBytesOf(network, record),
});

const isSigned = (record: VoteRecord): record is SignedRecord =>
  record.kind === 'vote' ||
  record.kind === 'seal' ||
  record.kind === 'view-change' ||
  record.kind === 'new-view';

function signingBytesOf(network: NetworkId, record: SignedRecord): Uint8Array {
  if (record.kind === 'seal') {
    return sealSigningBytes(network, { ...record, epoch: epochOf(record.epoch) });
  }
  return voteSigningBytes(network, voteOf(record));
}

const epochOfRecord = (record: SignedRecord): Epoch =>
  epochOf(record.kind === 'seal' ? record.epoch : voteOf(record).epoch);

const voteOf = (record: Exclude<SignedRecord, { kind: 'seal' }>): Vote =>
  record.kind === 'vote' ? record.vote : record.message.vote;

function restoredOf(
  input: RestoreInput,
  signed: readonly SignedRecord[],
  signatures: readonly (Signature | undefined)[],
): RestoredVotes {
  const votes: SignedVote[] = [];
  const seals: SealMessage[] = [];
  let view: View = viewOf(0);
  let viewChange: ViewChangeMessage | undefined;
  let newView: NewViewMessage | undefined;
  signed.forEach((record, index) => {
    if (record.kind === 'vote' || record.kind === 'new-view')
      view = viewOf(Math.max(view, voteOf(record).view));
    const signature = signatures[index];
    if (signature === undefined) return;
    if (record.kind === 'seal') {
      const { height, block } = record;
      const epoch = epochOf(record.epoch);
      seals.push({ kind: 'seal', epoch, height, block, sender: input.self, signature });
      return;
    }
    const vote: SignedVote = { ...voteOf(record), signature };
    if (record.kind === 'vote') votes.push(vote);
    else if (record.kind === 'view-change') {
      viewChange = newer(viewChange, { ...record.message, vote });
    } else newView = newer(newView, { ...record.message, vote });
  });
  return {
    certified: {
      height: input.tip.height,
      block: input.tip.hash,
      ...(input.tip.certificate === undefined ? {} : { certificate: input.tip.certificate }),
    },
    horizon: input.horizon,
    isAhead: input.records.some((record) => isSigned(record) && epochOfRecord(record) > input.epoch),
    view,
    votes: votes.filter((vote) => vote.sequence > input.tip.height),
    batches: batchesOf(input.records),
    prepared: preparedOf(input.records).filter((prepared) => prepared.sequence > input.tip.height),
    ordered: orderedOf(input).filter((ordered) => ordered.height > input.tip.height),
    seals: seals.filter((seal) => seal.height > input.tip.height),
    ...(viewChange === undefined ? {} : { viewChange }),
    ...(newView === undefined ? {} : { newView }),
  };
}

function newer<Message extends { readonly vote: Vote }>(
  known: Message | undefined,
  message: Message,
): Message {
  return known !== undefined && known.vote.view > message.vote.view ? known : message;
}

function batchesOf(records: readonly VoteRecord[]): Map<BatchDigest, Batch> {
  const batches = new Map<BatchDigest, Batch>();
  for (const record of records) if (record.kind === 'batch') batches.set(record.digest, record.batch);
  return batches;
}

function preparedOf(records: readonly VoteRecord[]): PreparedCertificate[] {
  return records.flatMap((record) => (record.kind === 'prepared' ? [record.certificate] : []));
}

/**
 * What was ordered is written with the seal that rests on it, and just before it: that seal says of which epoch it is.
 * Above the last height of an epoch that a recovery ended, what was ordered in it is given up.
 */
function orderedOf({ records, epoch }: RestoreInput): RestoredVotes['ordered'] {
  const ordered: { readonly height: Height; readonly batch: BatchDigest }[] = [];
  const unsealed = new Map<Height, BatchDigest>();
  for (const record of records) {
    if (record.kind === 'ordered') unsealed.set(record.height, record.batch);
    if (record.kind !== 'seal') continue;
    const batch = unsealed.get(record.height);
    unsealed.delete(record.height);
    if (batch !== undefined && record.epoch === epoch) ordered.push({ height: record.height, batch });
  }
  return ordered;
}
