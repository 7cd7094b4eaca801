/** Receipts, links of epochs and proof packs from what the index and state hold. */
import { type Epoch, epochOf, type Height, heightOf } from '../../shared/types/brands.ts';
import type { Membership } from '../../shared/types/epochs.ts';
import type { Certificate, EpochLink, ProofPack, Receipt } from '../../shared/types/ledger.ts';
import { readMembership, readMembershipOf, recoveryOfEpoch } from '../ledger/modules/epochs.ts';
import type { StateView } from '../ledger/types.ts';
import type { BlockSummary, LedgerQueries, TransactionRecord } from '../runtime/queries.ts';
import { ProblemError } from './http/problem-error.ts';
import { validatorSetOf } from './validator-set.ts';

/** Both of this node. */
export interface ProofSource {
  readonly queries: LedgerQueries;
  readonly state: StateView;
}

/** @throws Error if a certified record has no certified block: damage, reported as internal */
export function receiptOf(queries: LedgerQueries, record: TransactionRecord): Receipt {
  const { headerBytes, certificate } = certifiedBlock(queries, record.height);
  const proofs = queries.inclusion(record.height, record.index);
  return {
    header: headerBytes,
    certificate,
    envelope: record.envelope,
    outcome: record.outcomeBytes,
    transactionProof: proofs.transaction,
    outcomeProof: proofs.outcome,
  };
}

/** With every hand-over since genesis up to the epoch of the record's block. Throws like `receiptOf`. */
export function proofPackOf(source: ProofSource, record: TransactionRecord): ProofPack {
  const { queries, state } = source;
  const genesis = queries.block(heightOf(0));
  const block = queries.block(record.height);
  if (genesis === undefined || block === undefined) throw new Error('the index holds a certified record');
  return {
    version: 1,
    genesis: { header: genesis.headerBytes, validators: validatorSetOf(membershipOf(state, epochOf(0))) },
    epochs: Array.from({ length: linksOf(source, block) }, (_, index) =>
      linkInto(source, epochOf(index + 1)),
    ),
    receipt: receiptOf(queries, record),
  };
}

/**
 * A block that no quorum sealed is proven by the recovery that ended its epoch: its link comes along.
 * @throws ProblemError `not-certified` until the block behind it has put the recovery on the ledger
 */
function linksOf({ state }: ProofSource, { height, header: { epoch }, certificate }: BlockSummary): number {
  if (certificate?.seals.length !== 0) return epoch;
  const { epoch: current } = readMembership(state);
  for (let next: number = epoch + 1; next <= current; next += 1)
    if (recoveryOfEpoch(state, epochOf(next)) !== undefined) return next;
  throw new ProblemError(
    'not-certified',
    'A recovery keeps the block of this transaction, and proves it once the block behind it is certified.',
    { height },
  );
}

/** The last block of the epoch before, and the set of this one, which is not epoch 0. Throws like `receiptOf`. */
export function linkInto({ queries, state }: ProofSource, epoch: Epoch): EpochLink {
  const next = membershipOf(state, epoch);
  const { headerBytes, certificate } = certifiedBlock(queries, heightOf(next.firstHeight - 1));
  const recovery = next.byRecovery === true ? queries.recovery(epoch) : undefined;
  if (recovery !== undefined) return { header: headerBytes, recovery, nextValidators: validatorSetOf(next) };
  return { header: headerBytes, certificate, nextValidators: validatorSetOf(next) };
}

/** Of an epoch that has begun. */
export function membershipOf(state: StateView, epoch: Epoch): Membership {
  const membership = readMembershipOf(state, epoch);
  if (membership === undefined) throw new Error(`state holds no epoch ${epoch}`);
  return membership;
}

function certifiedBlock(
  queries: LedgerQueries,
  height: Height,
): BlockSummary & { readonly certificate: Certificate } {
  const block = queries.block(height);
  if (block?.certificate === undefined) throw new Error(`block ${height} has no certificate`);
  return { ...block, certificate: block.certificate };
}
