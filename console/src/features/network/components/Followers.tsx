import { useQuery } from '@tanstack/react-query';
import type { MatrixJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import type { Column } from '../../../components/DataTable.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Status } from '../../../components/Status.tsx';
import { Tag } from '../../../components/Tag.tsx';
import { formatCount } from '../../../lib/format.ts';
import { matrixQuery } from '../../../lib/queries.ts';
import { formatMs } from '../cells.ts';
import { validatorState } from '../validator-state.ts';

type Row = MatrixJson['followers'][number];

/** Nodes that follow and serve and do not vote; nothing if there is none. */
export function Followers() {
  const { data } = useQuery(matrixQuery);
  if (data === undefined || data.followers.length === 0) return null;
  return (
    <Card title="Observers" flush>
      <PlainTable
        caption="Observers"
        columns={columns}
        rows={data.followers}
        rowKey={({ validator }) => validator}
      />
    </Card>
  );
}

const columns: readonly Column<Row>[] = [
  {
    header: 'Node',
    cell: ({ validator, isSelf }) => (
      <>
        {validator} {isSelf && <Tag>this node</Tag>}
      </>
    ),
  },
  { header: 'Role', cell: ({ standing }) => (standing === 'former' ? 'former validator' : standing) },
  { header: 'Member', cell: ({ member }) => member },
  {
    header: 'State',
    cell: (row) => {
      const { kind, word } = validatorState(row);
      return <Status kind={kind}>{word}</Status>;
    },
  },
  {
    header: 'Height',
    align: 'end',
    cell: ({ height }) => (height === undefined ? '–' : formatCount(height)),
  },
  { header: 'Lag', align: 'end', cell: ({ lag }) => (lag === undefined ? '–' : formatCount(lag)) },
  {
    header: 'Round trip',
    align: 'end',
    cell: ({ isSelf, seen }) => (isSelf ? 'self' : formatMs(seen?.roundTripMs)),
  },
  { header: 'Version', cell: ({ seen }) => seen?.version ?? '–' },
  {
    header: 'Gateway',
    cell: ({ gateway }) =>
      gateway === '' ? (
        'none'
      ) : (
        <a href={gateway} target="_blank" rel="noreferrer">
          {gateway}
        </a>
      ),
  },
];
