import { Link } from 'react-router';
import type { TransactionRowJson } from '../../../../../shared/api.ts';
import { type Column, DataTable } from '../../../components/DataTable.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Time } from '../../../components/Time.tsx';
import type { Peek } from '../../../components/usePeek.ts';
import { formatCount, shortenHash } from '../../../lib/format.ts';
import { OutcomeStatus } from './OutcomeStatus.tsx';
import { TransactionPeek } from './TransactionPeek.tsx';

export interface TransactionTableProps {
  readonly caption: string;
  readonly rows: readonly TransactionRowJson[];
  readonly withBlock: boolean;
  /** Where all are of one sender, its column says nothing. */
  readonly withSender?: boolean;
  readonly total?: number;
  readonly onNearEnd?: () => void;
  readonly footer?: string;
}

export function TransactionTable({ rows, withBlock, withSender = true, ...rest }: TransactionTableProps) {
  const columns = withBlock ? ofLedger : ofBlock;
  return (
    <DataTable
      {...rest}
      rows={rows}
      columns={withSender ? columns.all : columns.withoutSender}
      rowKey={(row) => row.id}
      peek={peek}
    />
  );
}

type TransactionColumn = Column<TransactionRowJson>;

const index: TransactionColumn = {
  header: 'Place',
  width: '72px',
  hide: 'narrow',
  cell: (row) => formatCount(row.index),
};
const id: TransactionColumn = {
  header: 'Transaction',
  width: '172px',
  cell: (row) => <Hash value={row.id} name="transaction id" to={`/tx/${row.id}`} rowLink />,
};
const action: TransactionColumn = { header: 'Action', cell: (row) => row.action };
const sender: TransactionColumn = {
  header: 'Sender',
  hide: 'narrow',
  cell: (row) => (
    <Link to={`/transactions?sender=${row.sender ?? row.senderKey}`}>
      {row.sender ?? shortenHash(row.senderKey)}
    </Link>
  ),
};
const outcome: TransactionColumn = {
  header: 'Outcome',
  width: '150px',
  hide: 'narrow',
  cell: (row) => <OutcomeStatus outcome={row.outcome} />,
};
const block: TransactionColumn = {
  header: 'Block',
  width: '96px',
  align: 'end',
  hide: 'narrow',
  cell: (row) => <Link to={`/blocks/${row.height}`}>{formatCount(row.height)}</Link>,
};
const time: TransactionColumn = {
  header: 'Block time',
  width: '212px',
  align: 'end',
  hide: 'medium',
  cell: (row) => <Time value={row.time} />,
};

const both = (all: readonly TransactionColumn[]) => ({
  all,
  withoutSender: all.filter((column) => column !== sender),
});
const ofLedger = both([id, action, sender, outcome, block, time]);
const ofBlock = both([index, id, action, sender, outcome]);

const peek: Peek<TransactionRowJson> = {
  name: ({ id }) => `Transaction ${shortenHash(id)}`,
  content: ({ id, action }) => <TransactionPeek id={id} action={action} />,
};
