import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { KeySignedJson } from '../../../../../shared/api.ts';
import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import type { Column } from '../../../components/DataTable.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Skeleton } from '../../../components/Skeleton.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount, shortenHash } from '../../../lib/format.ts';
import { signedQuery } from '../api/signed.ts';
import styles from '../KeysPage.module.css';

type Row = KeySignedJson['rows'][number];

/** What one key signed: what there is to look at if it was stolen. */
export function SignedCard({ publicKey, onClose }: { publicKey: string; onClose: () => void }) {
  const query = useInfiniteQuery(signedQuery(publicKey));
  const first = query.data?.pages[0];
  const rows = (query.data?.pages ?? []).flatMap((page) => page.rows);
  return (
    <Card
      title={`What ${shortenHash(publicKey)} signed`}
      flush
      aside={<Button onPress={onClose}>Close</Button>}
    >
      {first === undefined && query.error === null && <Skeleton lines={3} label="what it signed" />}
      {query.error !== null && <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />}
      {first !== undefined && <SignedRows rows={rows} />}
      <div className={styles.more}>
        {first !== undefined && (
          <span>
            {first.kind === 'identity' ? 'Key' : `The ${first.kind} key`} of {first.owner}, from block{' '}
            {formatCount(first.from)} on, as this node has it
          </span>
        )}
        {query.hasNextPage && (
          <Button isDisabled={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? 'Looking…' : 'Look further'}
          </Button>
        )}
      </div>
    </Card>
  );
}

function SignedRows({ rows }: { rows: readonly Row[] }) {
  if (rows.length === 0)
    return (
      <EmptyState
        title="Nothing so far"
        why="No block and no transaction that was looked at is signed by it."
      />
    );
  return <PlainTable caption="What it signed" columns={columns} rows={rows} rowKey={keyOf} />;
}

const keyOf = (row: Row): string => (row.what === 'block' ? row.block : row.transaction);

const columns: readonly Column<Row>[] = [
  {
    header: 'Block',
    cell: ({ height }) => <Link to={`/blocks/${height}`}>{formatCount(height)}</Link>,
  },
  { header: 'Time', cell: ({ time }) => <Time value={time} /> },
  { header: 'What', cell: inWords },
  {
    header: 'Hash',
    cell: (row) =>
      row.what === 'block' ? (
        <Hash value={row.block} name="block hash" to={`/blocks/${row.block}`} />
      ) : (
        <Hash value={row.transaction} name="transaction id" to={`/tx/${row.transaction}`} />
      ),
  },
];

function inWords(row: Row): string {
  if (row.what === 'transaction') return `${row.action}, ${row.status}`;
  return [...(row.sealed ? ['sealed'] : []), ...(row.proposed ? ['proposed'] : [])].join(', ') || 'neither';
}
