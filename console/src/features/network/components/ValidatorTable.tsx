import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { ValidatorsJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { Card } from '../../../components/Card.tsx';
import type { Column } from '../../../components/DataTable.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Status } from '../../../components/Status.tsx';
import { Tag } from '../../../components/Tag.tsx';
import { formatCount } from '../../../lib/format.ts';
import { matrixQuery, statusQuery, validatorsQuery } from '../../../lib/queries.ts';
import { formatMs, formatOffsetMs } from '../cells.ts';
import type { MatrixRow } from '../observers.ts';
import { validatorState } from '../validator-state.ts';

interface Row extends MatrixRow {
  readonly known?: ValidatorsJson['validators'][number] | undefined;
  readonly version?: string | undefined;
}

/** Every validator with its figures, as the asked node measures them. */
export function ValidatorTable() {
  const matrix = useQuery(matrixQuery);
  const { data: validators } = useQuery(validatorsQuery);
  const { data: status } = useQuery(statusQuery);
  const rowOf = (row: MatrixRow): Row => ({
    ...row,
    known: validators?.validators.find(({ id }) => id === row.validator),
    version: row.isSelf ? status && `concordat ${status.version}` : row.seen?.version,
  });
  return (
    <Card
      title={matrix.data === undefined ? 'Validators' : `Validators, as ${matrix.data.node} measures them`}
      flush
    >
      <Answer query={matrix} label="validators" lines={4}>
        {({ rows }) => (
          <PlainTable
            caption="Validators"
            columns={columns}
            rows={rows.map(rowOf)}
            rowKey={({ validator }) => validator}
          />
        )}
      </Answer>
    </Card>
  );
}

const columns: readonly Column<Row>[] = [
  {
    header: 'Validator',
    cell: ({ validator, isPrimary, isSelf }) => (
      <>
        <Link to={`/validators/${validator}`}>{validator}</Link> {isPrimary && <Tag>primary</Tag>}{' '}
        {isSelf && <Tag>this node</Tag>}
      </>
    ),
  },
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
  { header: 'View', align: 'end', cell: ({ view }) => (view === undefined ? '–' : formatCount(view)) },
  {
    header: 'Round trip',
    align: 'end',
    cell: ({ isSelf, seen }) => (isSelf ? 'self' : formatMs(seen?.roundTripMs)),
  },
  {
    header: 'Clock offset',
    align: 'end',
    cell: ({ isSelf, seen }) => (isSelf ? 'self' : formatOffsetMs(seen?.clockOffsetMs)),
  },
  { header: 'Version', cell: ({ version }) => version ?? '–' },
  {
    header: 'Consensus key',
    cell: ({ known }) =>
      known === undefined ? '–' : <Hash value={known.consensusKey} name={`consensus key of ${known.id}`} />,
  },
];
