import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { StreamEventJson } from '../../../../../shared/api.ts';
import { type Column, DataTable, type DataTableProps } from '../../../components/DataTable.tsx';
import { Time } from '../../../components/Time.tsx';
import type { Peek } from '../../../components/usePeek.ts';
import { formatCount } from '../../../lib/format.ts';
import { EventDetails } from './OpenEvent.tsx';

type EventTableProps = Pick<DataTableProps<StreamEventJson>, 'rows' | 'footer' | 'onNearEnd' | 'isNew'>;

/** Events of all streams, newest first; each opens in place. */
export function EventTable(props: EventTableProps) {
  const [params] = useSearchParams();
  const text = params.toString();
  const columns = useMemo(() => columnsOf((position) => openedAt(text, position)), [text]);
  return (
    <DataTable
      {...props}
      caption="Events of all streams, newest first"
      columns={columns}
      rowKey={({ position }) => String(position)}
      peek={peek}
    />
  );
}

const peek: Peek<StreamEventJson> = {
  name: ({ position }) => `Event ${formatCount(position)}`,
  content: (event) => <EventDetails event={event} />,
};

function openedAt(params: string, position: number): string {
  const next = new URLSearchParams(params);
  next.set('open', String(position));
  return `?${next}`;
}

const columnsOf = (opened: (position: number) => string): readonly Column<StreamEventJson>[] => [
  {
    header: 'Position',
    width: '104px',
    cell: ({ position }) => (
      <Link to={opened(position)} data-row-link="" data-position={position}>
        {formatCount(position)}
      </Link>
    ),
  },
  {
    header: 'Stream',
    cell: ({ stream, revision }) => (
      <Link to={`/streams/${encodeURIComponent(stream)}`}>
        {stream}
        <span className="visually-hidden"> revision {revision}</span>
      </Link>
    ),
  },
  { header: 'Type', width: '120px', cell: ({ type }) => type },
  { header: 'Data', hide: 'narrow', cell: ({ data }) => <code>{JSON.stringify(data)}</code> },
  {
    header: 'Block',
    width: '88px',
    align: 'end',
    hide: 'medium',
    cell: ({ height }) => <Link to={`/blocks/${height}`}>{formatCount(height)}</Link>,
  },
  {
    header: 'Block time',
    width: '212px',
    align: 'end',
    hide: 'narrow',
    cell: ({ time }) => <Time value={time} />,
  },
];
