import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import type { CertifiedTransactionJson, TransactionStatusJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { Hash } from '../../components/Hash.tsx';
import { JsonView } from '../../components/JsonView.tsx';
import { Page } from '../../components/Page.tsx';
import { Status } from '../../components/Status.tsx';
import { Time } from '../../components/Time.tsx';
import { formatCount, plural } from '../../lib/format.ts';
import { PayloadNote } from '../payloads/components/PayloadNote.tsx';
import { payloadsOf } from '../payloads/shown-payloads.ts';
import { VerifyPanel } from '../verify/components/VerifyPanel.tsx';
import { useVerification } from '../verify/useVerification.ts';
import { transactionQuery } from './api/transactions.ts';
import { RecordFacts } from './components/RecordFacts.tsx';
import styles from './TransactionPage.module.css';

export default function TransactionPage() {
  const { id = '' } = useParams();
  const transaction = useQuery(transactionQuery(id));
  return (
    <Page title="Transaction" lead={<Hash value={id} name="transaction id" full />}>
      <Answer query={transaction} label="transaction" lines={8}>
        {(data) =>
          data.status === 'certified' ? (
            <Certified key={data.id} record={data} />
          ) : (
            <NotCertified record={data} />
          )
        }
      </Answer>
    </Page>
  );
}

function NotCertified({ record }: { record: Exclude<TransactionStatusJson, { status: 'certified' }> }) {
  return (
    <Card title="Not on the ledger">
      {record.status === 'pooled' && (
        <Facts>
          <Fact name="Status">
            <Status kind="pending">Accepted, waiting to be ordered</Status>
          </Fact>
          <Fact name="Expires">
            <Time value={record.expiresAt} />
          </Fact>
        </Facts>
      )}
      {record.status === 'expired' && (
        <Facts>
          <Fact name="Status">
            <Status kind="failed">Expired: it can never run</Status>
          </Fact>
          <Fact name="Expired">
            <Time value={record.expiresAt} />
          </Fact>
          <Fact name="Shown by">
            <Link to={`/blocks/${record.height}`}>block {formatCount(record.height)}</Link>, whose time is
            past it and up to which no block contains it
          </Fact>
        </Facts>
      )}
      {record.status === 'superseded' && (
        <Facts>
          <Fact name="Status">
            <Status kind="failed">Superseded: another one ran in its place</Status>
          </Fact>
          <Fact name="What ran">
            <Hash value={record.by} name="transaction id" to={`/tx/${record.by}`} />
          </Fact>
        </Facts>
      )}
    </Card>
  );
}

function Certified({ record }: { record: CertifiedTransactionJson }) {
  const verification = useVerification({ kind: 'transaction', record });
  return (
    <>
      <VerifyPanel verification={verification} subject="transaction" retryPath={`/tx/${record.id}`} />
      <div className={styles.columns}>
        <Card title={record.action}>
          <JsonView value={record.args} />
        </Card>
        <Card title="Facts">
          <RecordFacts record={record} />
        </Card>
      </div>
      <Payloads record={record} />
    </>
  );
}

function Payloads({ record }: { record: CertifiedTransactionJson }) {
  const payloads = payloadsOf(record);
  if (payloads.length === 0) return null;
  return (
    <Card title={plural(payloads.length, 'payload')} flush>
      {payloads.map((payload) => (
        <PayloadNote key={payload.digest} payload={payload} />
      ))}
    </Card>
  );
}
