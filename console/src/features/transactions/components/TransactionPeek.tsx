import { useQuery } from '@tanstack/react-query';
import { Answer } from '../../../components/Answer.tsx';
import { JsonView } from '../../../components/JsonView.tsx';
import { transactionQuery } from '../api/transactions.ts';
import { RecordFacts } from './RecordFacts.tsx';

/** A certified transaction beside the list that names it. */
export function TransactionPeek({ id, action }: { id: string; action: string }) {
  const transaction = useQuery(transactionQuery(id));
  return (
    <Answer query={transaction} label="transaction" lines={8}>
      {(record) =>
        // The list holds certified ones only, and they stay certified.
        record.status === 'certified' && (
          <>
            <RecordFacts record={record} />
            <h3>{action}</h3>
            <JsonView value={record.args} />
          </>
        )
      }
    </Answer>
  );
}
