import { useQuery } from '@tanstack/react-query';
import type { DiskJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { Card } from '../../../components/Card.tsx';
import type { Column } from '../../../components/DataTable.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { formatBytes, formatDuration, plural } from '../../../lib/format.ts';
import { diskQuery } from '../api/network.ts';
import styles from './Disk.module.css';

type Part = DiskJson['parts'][number];

/** What the asked node takes on its disk, part by part, and how long there will be room. */
export function Disk() {
  const disk = useQuery(diskQuery);
  return (
    <Card title={disk.data === undefined ? 'Disk' : `Disk of ${disk.data.node}`} flush>
      <Answer query={disk} label="disk use">
        {(data) => (
          <>
            <PlainTable
              caption="Disk use by part"
              columns={columns}
              rows={data.parts}
              rowKey={({ part }) => part}
            />
            <p className={styles.note}>{roomWords(data)}</p>
          </>
        )}
      </Answer>
    </Card>
  );
}

const names: { readonly [part in Part['part']]: string } = {
  votes: 'Votes',
  ledger: 'Ledger',
  derived: 'Index and state',
  payloads: 'Payloads',
  snapshots: 'Snapshots',
  log: 'Log',
  other: 'Other',
};

const columns: readonly Column<Part>[] = [
  { header: 'Part', cell: ({ part }) => names[part] },
  { header: 'Size', align: 'end', cell: ({ bytes }) => formatBytes(bytes) },
  {
    header: 'Growth a day',
    align: 'end',
    cell: ({ growthPerDay }) => (growthPerDay === 0 ? 'bounded' : formatBytes(growthPerDay)),
  },
];

function roomWords({
  freeBytes,
  totalBytes,
  growthPerDay,
  daysLeft,
  measuredOverMs,
  directory,
}: DiskJson): string {
  const room = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free at ${directory}.`;
  if (daysLeft === undefined) return `${room} Nothing grows.`;
  const measured = `It grows by ${formatBytes(growthPerDay)} a day, measured over ${formatDuration(measuredOverMs)}`;
  return `${room} ${measured}: full in ${plural(daysLeft, 'day')} at this rate.`;
}
