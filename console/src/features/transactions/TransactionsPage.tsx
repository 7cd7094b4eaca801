import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { z } from 'zod/mini';
import { type TransactionsQuery, transactionsQuerySchema } from '../../../../shared/api.ts';
import { buttonClass } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { footerOf, nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { transactionsQuery } from './api/transactions.ts';
import { TransactionTable } from './components/TransactionTable.tsx';

const filters = ['sender', 'receiver', 'action', 'stream', 'label'] as const;

export default function TransactionsPage() {
  const [params] = useSearchParams();
  const given = Object.fromEntries(
    filters.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])),
  );
  const filter = z.safeParse(transactionsQuerySchema, given);
  return (
    <Page
      title="Transactions"
      lead="Certified transactions, newest first. Filters are part of the address."
      actions={
        <Link
          to={`/export?of=transactions&${new URLSearchParams(given as Record<string, string>)}`}
          className={buttonClass('secondary')}
        >
          Export
        </Link>
      }
    >
      <Filters />
      {filter.success ? (
        <Matches filter={filter.data} />
      ) : (
        <EmptyState
          title="A filter is not complete"
          why="Actions look like streams.append, labels like name=value; senders are identity ids or public keys."
        />
      )}
    </Page>
  );
}

function Filters() {
  return (
    <Panel>
      <search aria-label="Filters">
        {filters.map((name) => (
          <Filter key={name} name={name} />
        ))}
      </search>
    </Panel>
  );
}

function Filter({ name }: { name: string }) {
  const [value, setValue] = useSearchState(name);
  return (
    <FilterField label={name.charAt(0).toUpperCase() + name.slice(1)} value={value} onChange={setValue} />
  );
}

function Matches({ filter }: { filter: TransactionsQuery }) {
  const pages = useInfiniteQuery(transactionsQuery(filter));
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  if (pages.error !== null) return <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />;
  if (pages.isPending) return <Skeleton lines={8} label="transactions" />;
  return (
    <Panel>
      {rows.length === 0 ? (
        <EmptyState title="Nothing matches" why="No certified transaction has all of these." />
      ) : (
        <TransactionTable
          caption="Certified transactions, newest first"
          rows={rows}
          withBlock
          footer={footerOf(pages, 'older transactions', 'These are all that match.')}
          onNearEnd={nextPageOf(pages)}
        />
      )}
    </Panel>
  );
}
