import { useInfiniteQuery } from '@tanstack/react-query';
import { Card } from '../../../components/Card.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { Skeleton } from '../../../components/Skeleton.tsx';
import { formatCount } from '../../../lib/format.ts';
import { nextPageOf } from '../../../lib/pages-as-you-scroll.ts';
import { TransactionTable } from '../../transactions/components/TransactionTable.tsx';
import { blockTransactionsQuery } from '../api/blocks.ts';

export function BlockTransactions({ height, count }: { height: number; count: number }) {
  const pages = useInfiniteQuery(blockTransactionsQuery(height));
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Card title={`Transactions (${formatCount(count)})`} flush>
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Skeleton lines={4} label="transactions" />}
      {pages.isSuccess && rows.length === 0 && (
        <EmptyState
          title="An empty block"
          why={
            height === 0
              ? 'Genesis fixes members, keys and parameters; transactions start with block 1.'
              : 'It moves the certified time or a pending change forward; no transaction ran in it.'
          }
        />
      )}
      {rows.length > 0 && (
        <TransactionTable
          caption={`Transactions of block ${height}`}
          rows={rows}
          total={count}
          withBlock={false}
          onNearEnd={nextPageOf(pages)}
        />
      )}
    </Card>
  );
}
