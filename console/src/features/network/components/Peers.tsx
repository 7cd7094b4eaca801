import { useQuery } from '@tanstack/react-query';
import type { PeerJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { Card } from '../../../components/Card.tsx';
import type { Column } from '../../../components/DataTable.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Status } from '../../../components/Status.tsx';
import { formatBytes, formatDuration } from '../../../lib/format.ts';
import { peersQuery } from '../api/network.ts';

/** The links of the asked node. */
export function Peers() {
  const peers = useQuery(peersQuery);
  return (
    <Card title={peers.data === undefined ? 'Links' : `Links of ${peers.data.node}`} flush>
      <Answer query={peers} label="links">
        {({ peers: rows }) =>
          rows.length === 0 ? (
            <EmptyState title="No links" why="This network has one validator: there is nobody to talk to." />
          ) : (
            <PlainTable caption="Links" columns={columns} rows={rows} rowKey={({ validator }) => validator} />
          )
        }
      </Answer>
    </Card>
  );
}

const columns: readonly Column<PeerJson>[] = [
  { header: 'Peer', cell: ({ validator }) => validator },
  {
    header: 'Link',
    cell: ({ connected }) => (
      <Status kind={connected ? 'reported' : 'offline'}>{connected ? 'Open' : 'Closed'}</Status>
    ),
  },
  {
    header: 'Last heard',
    align: 'end',
    cell: ({ lastMessageAgeMs: age }) => (age === undefined ? 'never' : `${formatDuration(age)} ago`),
  },
  { header: 'Sent', align: 'end', cell: ({ bytesSent }) => bytesText(bytesSent) },
  { header: 'Received', align: 'end', cell: ({ bytesReceived }) => bytesText(bytesReceived) },
];

const bytesText = (bytes: number | undefined): string => (bytes === undefined ? '–' : formatBytes(bytes));
