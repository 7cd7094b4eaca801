/** Receipts and proof packs from what the index holds. */
import type { Height } from '../../shared/types/brands.ts';
import type { ProofPack, Receipt, ValidatorSet } from '../../shared/types/ledger.ts';
import type { LedgerQueries, TransactionRecord } from '../runtime/queries.ts';

/** @throws Error if a certified record has no certified block: damage, reported as internal */
export function receiptOf(queries: LedgerQueries, record: TransactionRecord): Receipt {
  const block = queries.block(record.height);
  if (block?.certificate === undefined) throw new Error(`block ${record.height} has no certificate`);
  const proofs = queries.inclusion(record.height, record.index);
  return {
    header: block.headerBytes,
    certificate: block.certificate,
    envelope: record.envelope,
    outcome: record.outcomeBytes,
    transactionProof: proofs.transaction,
    outcomeProof: proofs.outcome,
  };
}

/** There is one epoch so far, so that the chain of epochs since genesis is empty. */
export function proofPackOf(
  queries: LedgerQueries,
  record: TransactionRecord,
  genesisValidators: ValidatorSet,
): ProofPack {
  const genesis = queries.block(0 as Height);
  if (genesis === undefined) throw new Error('the index holds no genesis block');
  return {
    version: 1,
    genesis: { header: genesis.headerBytes, validators: genesisValidators },
    epochs: [],
    receipt: receiptOf(queries, record),
  };
}
