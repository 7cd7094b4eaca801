import type { MetricsHistoryJson } from '../../../../../shared/api.ts';
import { type Column, DataTable } from '../../../components/DataTable.tsx';
import { Panel } from '../../../components/Panel.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount, formatRate } from '../../../lib/format.ts';

type Sample = MetricsHistoryJson['samples'][number];

/** The same numbers as the charts, newest first. */
export function SampleTable({ history: { samples } }: { history: MetricsHistoryJson }) {
  return (
    <Panel>
      <DataTable
        caption="Samples, newest first"
        rows={samples.toReversed()}
        columns={columns}
        rowKey={({ at }) => String(at)}
        total={samples.length}
      />
    </Panel>
  );
}

const rate = (count: number, { overMs }: Sample): string => formatRate((count * 1_000) / overMs);
const ms = (value: number | undefined): string =>
  value === undefined ? '–' : formatCount(Math.round(value));

const columns: readonly Column<Sample>[] = [
  { header: 'Until', width: '200px', cell: ({ at }) => <Time value={at} /> },
  {
    header: 'Transactions/s',
    align: 'end',
    cell: (sample) => rate(sample.succeeded + sample.failed, sample),
  },
  { header: 'Failed/s', align: 'end', hide: 'narrow', cell: (sample) => rate(sample.failed, sample) },
  { header: 'p50, ms', align: 'end', hide: 'narrow', cell: ({ wait }) => ms(wait?.p50Ms) },
  { header: 'p95, ms', align: 'end', cell: ({ wait }) => ms(wait?.p95Ms) },
  { header: 'p99, ms', align: 'end', hide: 'narrow', cell: ({ wait }) => ms(wait?.p99Ms) },
  { header: 'Waiting', align: 'end', hide: 'narrow', cell: ({ pool }) => formatCount(pool) },
  { header: 'Height', align: 'end', hide: 'medium', cell: ({ height }) => formatCount(height) },
  { header: 'View', align: 'end', hide: 'medium', cell: ({ view }) => formatCount(view) },
  { header: 'Reachable', align: 'end', hide: 'medium', cell: ({ reachable }) => reachable },
];
