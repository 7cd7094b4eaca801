import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { Link } from 'react-router';
import type { AnalyticsJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Time } from '../../components/Time.tsx';
import { formatBytes, formatCount, plural } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { useSearchState } from '../../lib/search-state.ts';
import styles from './AnalyticsPage.module.css';
import { analyticsQuery } from './api/analytics.ts';
import {
  barsOf,
  bucketName,
  type Grouping,
  groupings,
  questionOf,
  type Range,
  ranges,
  rowsMax,
} from './question.ts';

const TimeChart = lazy(() => import('../../components/TimeChart.tsx'));

type Row = AnalyticsJson['rows'][number];

/** How many certified transactions, by time, action, sender or receiver. */
export default function AnalyticsPage() {
  const [by, setBy] = useSearchState('by');
  const [range, setRange] = useSearchState('range');
  const grouping = groupings.find(({ value }) => value === by)?.value ?? 'time';
  const span = ranges.find(({ value }) => value === range)?.value ?? 'day';
  const analytics = useQuery(analyticsQuery(questionOf(grouping, span, useNow(15_000))));
  return (
    <Page
      title="Analytics"
      lead="Certified transactions, counted by the node’s index. Reported, not proven."
      actions={
        <>
          <Segmented label="Count by" value={grouping} options={groupings} onChange={setBy} />
          <Segmented label="Range" value={span} options={ranges} onChange={setRange} />
        </>
      }
    >
      <Answer query={analytics} label="counts" lines={8}>
        {({ rows }) =>
          rows.length === 0 ? (
            <EmptyState
              title="Nothing to count"
              why={`No transaction was certified in this range${grouping === 'receiver' ? ' that gave anybody an asset' : ''}.`}
            />
          ) : (
            <Counts rows={rows} grouping={grouping} range={span} />
          )
        }
      </Answer>
    </Page>
  );
}

function Counts({ rows, grouping, range }: { rows: readonly Row[]; grouping: Grouping; range: Range }) {
  const most = Math.max(...rows.map(({ count }) => count));
  const shown = useMemo(() => (grouping === 'time' ? rows.toReversed() : rows), [rows, grouping]);
  return (
    <>
      {grouping === 'time' && <TimeBars rows={rows} range={range} />}
      <Panel>
        <DataTable
          caption={`Transactions by ${grouping}`}
          rows={shown}
          columns={columnsOf(grouping, most)}
          rowKey={({ key }) => key}
          total={rows.length}
          {...(rows.length === rowsMax && { footer: cutWords(grouping, range) })}
        />
      </Panel>
    </>
  );
}

const cutWords = (grouping: Grouping, range: Range): string =>
  grouping === 'time'
    ? `The newest ${formatCount(rowsMax)} rows, one per ${bucketName(range)} in which anything was certified. There may be older ones.`
    : `The ${formatCount(rowsMax)} most frequent. There may be more.`;

function TimeBars({ rows, range }: { rows: readonly Row[]; range: Range }) {
  const now = useNow(15_000);
  const bars = useMemo(() => barsOf(rows, range, now), [rows, range, now]);
  const all = rows.reduce((sum, { count }) => sum + count, 0);
  return (
    <Card title={`Transactions per ${bucketName(range)}`} aside={<span>{plural(all, 'transaction')}</span>}>
      <Suspense fallback={<Skeleton lines={5} label="chart" />}>
        <TimeChart
          moments={bars.moments}
          series={[
            { name: 'succeeded', values: bars.succeeded },
            { name: 'failed', values: bars.failed, colour: 'failed' },
          ]}
          shape="bars"
          format={(value) => formatCount(Math.round(value))}
          least={1}
          summary={`${plural(all, 'transaction')}, per ${bucketName(range)}, ${formatCount(bars.failed.reduce((a, b) => a + b, 0))} of them failed`}
        />
      </Suspense>
    </Card>
  );
}

function columnsOf(grouping: Grouping, most: number): readonly Column<Row>[] {
  return [
    {
      header: groupings.find(({ value }) => value === grouping)?.label ?? '',
      cell: (row) => <Key row={row} grouping={grouping} />,
    },
    {
      header: 'Share',
      width: '22%',
      hide: 'narrow',
      cell: ({ count }) => (
        <span className={styles.track} aria-hidden="true">
          <span className={styles.bar} style={{ width: `${(100 * count) / most}%` }} />
        </span>
      ),
    },
    { header: 'Transactions', width: '112px', align: 'end', cell: ({ count }) => formatCount(count) },
    {
      header: 'Failed',
      width: '88px',
      align: 'end',
      hide: 'narrow',
      cell: ({ failed }) => formatCount(failed),
    },
    {
      header: 'Bytes',
      width: '104px',
      align: 'end',
      hide: 'narrow',
      cell: ({ bytes }) => formatBytes(bytes),
    },
  ];
}

/** Leads to what was counted. */
function Key({ row: { key }, grouping }: { row: Row; grouping: Grouping }) {
  if (grouping === 'time') return <Time value={Date.parse(key)} />;
  return (
    <Link to={`/transactions?${grouping}=${encodeURIComponent(key)}`} data-row-link="">
      {key}
    </Link>
  );
}
