/** Everything that gateway and command line ask, about certified blocks only. */
import { heightOf } from '../../shared/types/brands.ts';
import type { LedgerQueries } from '../runtime/queries.ts';
import { type BlockQueryOptions, blockQueries } from './block-queries.ts';
import { decodeCursor, encodeCursor } from './cursors.ts';
import { pruned } from './ledger-file.ts';
import { streamQueries } from './stream-queries.ts';
import { transactionQueries } from './transaction-queries.ts';

/** @throws StorageError `cursor-invalid`, `not-in-ledger`, `data-damaged` from any answer. */
export function ledgerQueries(options: BlockQueryOptions): LedgerQueries {
  const { rows, recent, ledgerFile, derivedFile, indexer } = options;
  const { assets, balances, analytics } = indexer.parts;
  const recoveries = rows.recoveries();
  const transactions = transactionQueries(rows, recent, ledgerFile, indexer);
  const streams = streamQueries(rows, { ledger: ledgerFile, derived: derivedFile }, indexer);

  /** Who was shown a receipt finds the record at the same node: what waits for the index is written first. */
  const upToDate =
    <Parameters extends readonly unknown[], Answer>(ask: (...parameters: Parameters) => Answer) =>
    (...parameters: Parameters): Answer => {
      indexer.flush();
      return ask(...parameters);
    };
  return {
    ...blockQueries(options),
    ...transactions,
    ...streams,
    transactions: upToDate(transactions.transactions),
    streams: upToDate(streams.streams),
    streamEvents: upToDate(streams.streamEvents),
    streamLength: upToDate(streams.streamLength),
    assets: upToDate((prefix, { cursor, limit, ascending = true }) => {
      const after = cursor === undefined ? undefined : decodeCursor('assets', cursor);
      const found = assets.list(prefix, after, limit + 1, ascending);
      const rows = found.slice(0, limit);
      const last = rows.at(-1);
      return found.length <= limit || last === undefined
        ? { rows }
        : { rows, next: encodeCursor('assets', last) };
    }),
    balances: upToDate((asset, asOf) => {
      if (asOf !== undefined && asOf + 1 < rows.base().indexedFrom) throw pruned(rows, { height: asOf });
      return balances.of(asset, asOf);
    }),
    analytics: upToDate(analytics.rows),
    requireIndexed(fromTime) {
      const { indexedFrom } = rows.base();
      if (indexedFrom <= 1) return;
      const last = rows.block(heightOf(indexedFrom - 1));
      if (last !== undefined && fromTime < last.header.time) throw pruned(rows, { fromTime });
    },
    indexedHeight: indexer.height,
    certifiedHeight: () => rows.tipHeight() ?? indexer.height(),
    recovery: (epoch) => recoveries.find(({ certificate }) => certificate.content.epoch === epoch)?.bytes,
  };
}
