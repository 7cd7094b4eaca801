import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { StreamSummaryJson } from '../../../../shared/api.ts';
import { buttonClass } from '../../components/Button.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Time } from '../../components/Time.tsx';
import { formatCount } from '../../lib/format.ts';
import { nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { streamsQuery } from './api/streams.ts';

export default function StreamsPage() {
  const [prefix, setPrefix] = useSearchState('prefix');
  const pages = useInfiniteQuery(streamsQuery(prefix));
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Page
      title="Streams"
      lead="Records under a name, in the order in which the ledger accepted them. By name."
      actions={<FilterField label="Name begins with" value={prefix} onChange={setPrefix} />}
    >
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Skeleton lines={8} label="streams" />}
      {pages.data !== undefined && (
        <Panel>
          {rows.length === 0 ? (
            <NoStreams prefix={prefix} />
          ) : (
            <DataTable
              caption="Streams, by name"
              rows={rows}
              columns={columns}
              rowKey={({ stream }) => stream}
              onNearEnd={nextPageOf(pages)}
            />
          )}
        </Panel>
      )}
    </Page>
  );
}

function NoStreams({ prefix }: { prefix: string }) {
  return prefix === '' ? (
    <EmptyState
      title="No streams yet"
      why="A stream begins with the first event that is appended under its name."
      next={
        <Link to="/submit" className={buttonClass('primary')}>
          Append the first event
        </Link>
      }
    />
  ) : (
    <EmptyState title="No such stream" why={`No stream has a name that begins with “${prefix}”.`} />
  );
}

const columns: readonly Column<StreamSummaryJson>[] = [
  {
    header: 'Stream',
    cell: ({ stream }) => (
      <Link to={`/streams/${encodeURIComponent(stream)}`} data-row-link="">
        {stream}
      </Link>
    ),
  },
  { header: 'Events', width: '96px', align: 'end', cell: ({ length }) => formatCount(length) },
  {
    header: 'First block',
    width: '112px',
    align: 'end',
    hide: 'medium',
    cell: ({ firstHeight }) => <Link to={`/blocks/${firstHeight}`}>{formatCount(firstHeight)}</Link>,
  },
  {
    header: 'Last block',
    width: '112px',
    align: 'end',
    hide: 'narrow',
    cell: ({ lastHeight }) => <Link to={`/blocks/${lastHeight}`}>{formatCount(lastHeight)}</Link>,
  },
  {
    header: 'Last change',
    width: '212px',
    align: 'end',
    hide: 'narrow',
    cell: ({ lastTime }) => <Time value={lastTime} />,
  },
];
