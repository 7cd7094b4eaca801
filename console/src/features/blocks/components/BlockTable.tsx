import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { BlockSummaryJson } from '../../../../../shared/api.ts';
import { type Column, DataTable } from '../../../components/DataTable.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Age, Time } from '../../../components/Time.tsx';
import type { Peek } from '../../../components/usePeek.ts';
import { formatCount } from '../../../lib/format.ts';
import styles from './BlockTable.module.css';
import { HeaderFacts } from './HeaderFacts.tsx';

export interface BlockTableProps {
  readonly caption: string;
  readonly rows: readonly BlockSummaryJson[];
  /** Ages and fewer columns, for the overview. */
  readonly short?: boolean;
  readonly total?: number | undefined;
  readonly onNearEnd?: () => void;
  readonly footer?: ReactNode;
}

export function BlockTable({ caption, rows, short = false, total, onNearEnd, footer }: BlockTableProps) {
  return (
    <DataTable
      caption={caption}
      rows={rows}
      columns={short ? shortColumns : allColumns}
      rowKey={({ height }) => String(height)}
      isNew={isRecent}
      peek={peek}
      total={total ?? rows.length}
      footer={footer}
      {...(onNearEnd === undefined ? {} : { onNearEnd })}
    />
  );
}

const peek: Peek<BlockSummaryJson> = {
  name: ({ height }) => `Block ${formatCount(height)}`,
  content: (block) => <HeaderFacts block={block} />,
};

const openedAt = Date.now();
/** Tints a row once when it arrives; what was there when the page opened does not flash. */
const isRecent = ({ header }: BlockSummaryJson) => header.time > openedAt && Date.now() - header.time < 3_000;

type BlockColumn = Column<BlockSummaryJson>;

const height: BlockColumn = {
  header: 'Height',
  width: 'clamp(72px, 20vw, 104px)',
  cell: (block) => (
    <Link to={`/blocks/${block.height}`} data-row-link="">
      {formatCount(block.height)}
    </Link>
  ),
};
const hash: BlockColumn = {
  header: 'Hash',
  cell: (block) => <Hash value={block.hash} name="block hash" />,
};
const transactions: BlockColumn = {
  header: 'Transactions',
  width: 'clamp(92px, 26vw, 120px)',
  align: 'end',
  cell: (block) => (
    <>
      {formatCount(block.transactionCount)}
      {block.failedCount > 0 && (
        <span className={styles.failed}>, {formatCount(block.failedCount)} failed</span>
      )}
    </>
  ),
};
const proposer: BlockColumn = {
  header: 'Proposer',
  hide: 'narrow',
  cell: (block) => block.header.proposer || <span className={styles.muted}>none</span>,
};
const seals: BlockColumn = {
  header: 'Seals',
  width: '80px',
  align: 'end',
  hide: 'medium',
  cell: (block) => block.certificate?.seals.length ?? <span className={styles.muted}>genesis</span>,
};
const time: BlockColumn = {
  header: 'Block time',
  width: '212px',
  align: 'end',
  hide: 'narrow',
  cell: (block) => <Time value={block.header.time} />,
};
const age: BlockColumn = {
  header: 'Age',
  width: '96px',
  align: 'end',
  cell: (block) => <Age value={block.header.time} />,
};

const shortColumns: readonly BlockColumn[] = [
  { ...height, width: '80px' },
  { ...hash, hide: 'narrow' },
  { ...proposer, width: '80px' },
  transactions,
  age,
];
const allColumns: readonly BlockColumn[] = [height, hash, proposer, transactions, seals, time];
