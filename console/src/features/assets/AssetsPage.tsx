import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { AssetRowJson } from '../../../../shared/api.ts';
import { buttonClass } from '../../components/Button.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatCount } from '../../lib/format.ts';
import { footerOf, nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { formatAmount } from './amount.ts';
import { assetsQuery } from './api/assets.ts';

/** Which assets there are, and how much of each. */
export default function AssetsPage() {
  const [prefix, setPrefix] = useSearchState('prefix');
  const pages = useInfiniteQuery(assetsQuery(prefix));
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Page
      title="Assets"
      lead="What identities hold amounts of, by id, with the supply as it is now. Reported, not proven."
      actions={<FilterField label="Id begins with" value={prefix} onChange={setPrefix} />}
    >
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Skeleton lines={8} label="assets" />}
      {pages.data !== undefined && (
        <Panel>
          {rows.length === 0 ? (
            <NoAssets prefix={prefix} />
          ) : (
            <DataTable
              caption="Assets, by id"
              rows={rows}
              columns={columns}
              rowKey={({ asset }) => asset}
              footer={footerOf(
                pages,
                'more assets',
                `As of block ${formatCount(pages.data.pages.at(-1)?.height ?? 0)}.`,
              )}
              onNearEnd={nextPageOf(pages)}
            />
          )}
        </Panel>
      )}
    </Page>
  );
}

function NoAssets({ prefix }: { prefix: string }) {
  return prefix === '' ? (
    <EmptyState
      title="No assets yet"
      why="An asset begins when an identity defines it: concordat asset define gold --decimals 2."
      next={
        <Link to="/transactions?action=assets.define" className={buttonClass('secondary')}>
          Who tried to define one
        </Link>
      }
    />
  ) : (
    <EmptyState title="No such asset" why={`No asset has an id that begins with “${prefix}”.`} />
  );
}

const columns: readonly Column<AssetRowJson>[] = [
  {
    header: 'Asset',
    cell: ({ asset }) => (
      <Link to={`/assets/${encodeURIComponent(asset)}`} data-row-link="">
        {asset}
      </Link>
    ),
  },
  { header: 'Name', hide: 'narrow', cell: ({ name }) => name ?? '–' },
  {
    header: 'Defined by',
    hide: 'narrow',
    cell: ({ definer }) => <Link to={`/identities/${encodeURIComponent(definer)}`}>{definer}</Link>,
  },
  { header: 'Member', hide: 'medium', cell: ({ member }) => member },
  {
    header: 'Supply now',
    align: 'end',
    cell: ({ supply, decimals }) => <span data-supply={supply}>{formatAmount(supply, decimals)}</span>,
  },
];
