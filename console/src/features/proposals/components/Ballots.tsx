import { useQueries } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { ProposalJson, RegisteredKeyJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import type { Column } from '../../../components/DataTable.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Status } from '../../../components/Status.tsx';
import { formatCount } from '../../../lib/format.ts';
import { identityQuery } from '../../identities/api/identities.ts';
import { keysAt } from '../../keys/held.ts';
import styles from '../Proposals.module.css';

type Row = Partial<ProposalJson['ballots'][number]> & {
  readonly member: string;
  /** Those that the identity held at the ballot's height; of a key replaced in that very block, both. */
  readonly keys: readonly RegisteredKeyJson[];
};

/** One a member, with the key that signed it; and whose are missing. */
export function Ballots({ proposal }: { proposal: ProposalJson }) {
  const { ballots, missing = [], approvals, needed } = proposal;
  const voters = useQueries({ queries: ballots.map(({ identity }) => identityQuery(identity)) });
  const rows: readonly Row[] = [
    ...ballots.map((ballot, at) => ({
      ...ballot,
      keys: keysAt(voters[at]?.data?.keys ?? [], ballot.height),
    })),
    ...missing.map((member) => ({ member, keys: [] })),
  ];
  return (
    <Card
      title="Ballots"
      flush
      aside={
        <span className={styles.muted}>
          {needed === undefined ? `${approvals} approvals` : `${approvals} of ${needed} approvals`}
        </span>
      }
    >
      <PlainTable caption="Ballots" columns={columns} rows={rows} rowKey={({ member }) => member} />
    </Card>
  );
}

const columns: readonly Column<Row>[] = [
  { header: 'Member', cell: ({ member }) => member },
  {
    header: 'Ballot',
    cell: ({ approve, counts }) =>
      counts === false ? (
        <Status kind="unknown">
          {approve ? 'Approves' : 'Rejects'}, and does not count: the member is suspended, or who cast it is
          its admin no more, or the key is suspected
        </Status>
      ) : approve === undefined ? (
        <Status kind="unknown">None yet</Status>
      ) : (
        <Status kind={approve ? 'reported' : 'failed'}>{approve ? 'Approves' : 'Rejects'}</Status>
      ),
  },
  {
    header: 'By',
    cell: ({ identity }) =>
      identity === undefined ? (
        '–'
      ) : (
        <Link to={`/identities/${encodeURIComponent(identity)}`}>{identity}</Link>
      ),
  },
  {
    header: 'With the key',
    cell: ({ keys, member }) =>
      keys.length === 0
        ? '–'
        : keys.map(({ key }) => <Hash key={key} value={key} name={`key of the ballot of ${member}`} />),
  },
  {
    header: 'Block',
    align: 'end',
    cell: ({ height }) =>
      height === undefined ? '–' : <Link to={`/blocks/${height}`}>{formatCount(height)}</Link>,
  },
];
