/** Everything that gateway and command line ask, about certified blocks only. */
import type { LedgerQueries } from '../runtime/queries.ts';
import { type BlockQueryOptions, blockQueries } from './block-queries.ts';
import { streamQueries } from './stream-queries.ts';
import { transactionQueries } from './transaction-queries.ts';

/** @throws StorageError `cursor-invalid`, `not-in-ledger`, `data-damaged` from any answer. */
export function ledgerQueries(options: BlockQueryOptions): LedgerQueries {
  const { rows, ledgerFile, derivedFile, indexer } = options;
  const { balances, analytics } = indexer.parts;
  return {
    ...blockQueries(options),
    ...transactionQueries(rows, ledgerFile, indexer),
    ...streamQueries(rows, { ledger: ledgerFile, derived: derivedFile }, indexer),
    indexedHeight: indexer.height,
    balances: balances.of,
    analytics: analytics.rows,
  };
}
