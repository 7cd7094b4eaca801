import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import type { IdentityDetailJson, TransactionsQuery } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { Fingerprint } from '../../components/Fingerprint.tsx';
import { Page } from '../../components/Page.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Status } from '../../components/Status.tsx';
import { formatCount } from '../../lib/format.ts';
import { footerOf, nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { identityKeysQuery } from '../keys/api/keys.ts';
import { AgeOf, KeyTable, Moment } from '../keys/components/KeyTable.tsx';
import { SignedCard } from '../keys/components/SignedCard.tsx';
import { transactionsQuery } from '../transactions/api/transactions.ts';
import { TransactionTable } from '../transactions/components/TransactionTable.tsx';
import { identityQuery, standingQuery } from './api/identities.ts';
import styles from './IdentityPage.module.css';
import type { Standing } from './standing.ts';

/** A key with roles under a member, and what it did and was given. */
export default function IdentityPage() {
  const { id = '' } = useParams();
  const identity = useQuery(identityQuery(id));
  return (
    <Page title={`Identity ${id}`} lead="A key with roles under a member. Reported, not proven.">
      <Answer query={identity} label="identity" lines={6}>
        {(data) => (
          <>
            <div className={styles.columns}>
              <HistoryOf identity={data} />
              <Card title="Facts">
                <IdentityFacts identity={data} />
              </Card>
            </div>
            <KeysOf id={data.id} />
          </>
        )}
      </Answer>
    </Page>
  );
}

/** All that it ever had, each with what it signed. */
function KeysOf({ id }: { id: string }) {
  const keys = useQuery(identityKeysQuery(id));
  const [signer, setSigner] = useSearchState('key');
  const opened = keys.data?.find(({ key }) => key === signer);
  return (
    <>
      <Card title="Keys" flush>
        <Answer query={keys} label="keys" lines={3}>
          {(data) => <KeyTable caption={`Keys of ${id}`} keys={data} at="all" ofOne />}
        </Answer>
      </Card>
      {opened !== undefined && <SignedCard key={signer} publicKey={signer} onClose={() => setSigner('')} />}
    </>
  );
}

const sides = [
  { value: 'sent', label: 'Sent' },
  { value: 'received', label: 'Received' },
] as const;
type Side = (typeof sides)[number]['value'];

function HistoryOf({ identity: { id } }: { identity: IdentityDetailJson }) {
  const [text, setSide] = useSearchState('side');
  const side: Side = text === 'received' ? 'received' : 'sent';
  return (
    <Card
      title="History"
      flush
      aside={<Segmented label="Side" value={side} options={sides} onChange={setSide} />}
    >
      <Transactions
        key={side}
        filter={side === 'sent' ? { sender: id } : { receiver: id }}
        none={
          side === 'sent'
            ? `${id} has sent no transaction that was certified.`
            : `Nobody has issued or transferred an asset to ${id}.`
        }
      />
    </Card>
  );
}

function Transactions({ filter, none }: { filter: TransactionsQuery; none: string }) {
  const pages = useInfiniteQuery(transactionsQuery(filter));
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  if (pages.error !== null) return <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />;
  if (pages.isPending) return <Skeleton lines={8} label="history" />;
  if (rows.length === 0) return <EmptyState title="Nothing yet" why={none} />;
  return (
    <TransactionTable
      caption="Transactions, newest first"
      rows={rows}
      withBlock
      withSender={filter.sender === undefined}
      footer={footerOf(pages, 'older transactions', 'These are all.')}
      onNearEnd={nextPageOf(pages)}
    />
  );
}

const statusWords: { readonly [status in Standing]: string } = {
  active: 'Active',
  revoked: 'Revoked',
  'member-suspended': 'Its member is suspended',
  'member-removed': 'Its member was removed',
};

function IdentityFacts({ identity }: { identity: IdentityDetailJson }) {
  const { id, member, memberName, key, keys, roles, encryptionKey } = identity;
  const since = keys.find((one) => one.key === key)?.since;
  const record = useQuery(standingQuery(id, member));
  return (
    <Facts>
      <Fact name="Id">
        <code>{id}</code>
      </Fact>
      <Fact name="Member">{memberName}</Fact>
      <Fact name="Roles">{roles.join(', ')}</Fact>
      <Fact name="Status">
        <Answer query={record} label="status" lines={1}>
          {({ status, height }) => (
            <>
              <Status kind={status === 'active' ? 'reported' : 'failed'}>{statusWords[status]}</Status> as of
              block {formatCount(height)}
            </>
          )}
        </Answer>
      </Fact>
      {record.data?.streams !== undefined && <Fact name="Reads">{record.data.streams.join(', ')}</Fact>}
      <Fact name="Key">
        <Fingerprint value={key} name="public key" narrow />
      </Fact>
      {since !== undefined && (
        <Fact name="Its age">
          <AgeOf height={since} />, since block&nbsp;
          <Moment height={since} />
        </Fact>
      )}
      {encryptionKey !== undefined && (
        <Fact name="Encryption key">
          <Fingerprint value={encryptionKey} name="encryption key" narrow />
        </Fact>
      )}
      <Fact name="All it sent">
        <Link to={`/transactions?sender=${encodeURIComponent(id)}`}>with filters</Link>
        {', '}
        <Link to={`/export?of=transactions&sender=${encodeURIComponent(id)}`}>export</Link>
      </Fact>
    </Facts>
  );
}
