import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { ProposalRowJson } from '../../../../shared/api.ts';
import { buttonClass } from '../../components/Button.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Status } from '../../components/Status.tsx';
import { footerOf, nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { activationsQuery, proposalsQuery, refreshGovernance, type Shown } from './api/proposals.ts';
import { ActivationCard } from './components/ActivationCard.tsx';
import { Until } from './components/Until.tsx';
import { SigningCards, useSigning } from './components/useSigning.tsx';
import styles from './Proposals.module.css';
import { proposalStatus } from './words.ts';

const choices = [
  { value: 'waiting', label: 'Waiting' },
  { value: 'all', label: 'All' },
] as const;

/** What the members decide together, and the change of the epoch that is on its way. */
export default function ProposalsPage() {
  const [text, setShown] = useSearchState('show');
  const shown: Shown = text === 'all' ? 'all' : 'waiting';
  return (
    <Page
      title="Proposals"
      lead="One ballot a member; how many it takes stands in the thresholds. Reported, not proven."
      actions={
        <>
          <Segmented label="Show" value={shown} options={choices} onChange={setShown} />
          <Link to="/proposals/new" className={buttonClass('primary')}>
            New proposal
          </Link>
        </>
      }
    >
      <Pending />
      <Proposals key={shown} shown={shown} />
    </Page>
  );
}

function Pending() {
  const pending = useQuery(activationsQuery).data?.pending;
  const signing = useSigning();
  if (pending === undefined) return null;
  return (
    <>
      <ActivationCard number={pending} signing={signing} />
      <SigningCards signing={signing} onCertified={refreshGovernance} />
    </>
  );
}

function Proposals({ shown }: { shown: Shown }) {
  const pages = useInfiniteQuery(proposalsQuery(shown));
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  if (pages.isPending) return <Skeleton lines={8} label="proposals" />;
  if (pages.data === undefined)
    return <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />;
  return (
    <Panel>
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {rows.length === 0 ? (
        <EmptyState
          title={shown === 'waiting' ? 'Nothing waits for ballots' : 'No proposal yet'}
          why="Members, roles, validators, parameters and thresholds change by proposals of admins."
          next={shown === 'waiting' && <Link to="/proposals?show=all">Those that are over</Link>}
        />
      ) : (
        <DataTable
          caption="Proposals, newest first"
          columns={columns}
          rows={rows}
          rowKey={({ number }) => String(number)}
          footer={footerOf(pages, 'older proposals', 'These are all.')}
          onNearEnd={nextPageOf(pages)}
        />
      )}
    </Panel>
  );
}

const columns: readonly Column<ProposalRowJson>[] = [
  {
    header: 'Proposal',
    width: '80px',
    cell: ({ number }) => (
      <Link to={`/proposals/${number}`} data-row-link="">
        {number}
      </Link>
    ),
  },
  {
    header: 'What',
    cell: ({ kinds, reason }) => (
      <span className={styles.clip} title={`${kinds.join(', ')}: ${reason}`}>
        {reason} <code className={styles.muted}>{kinds.join(', ')}</code>
      </span>
    ),
  },
  {
    header: 'By',
    width: '150px',
    hide: 'narrow',
    cell: ({ proposer }) => <Link to={`/identities/${encodeURIComponent(proposer)}`}>{proposer}</Link>,
  },
  {
    header: 'Status',
    width: '124px',
    cell: (row) => {
      const { kind, word } = proposalStatus(row);
      return <Status kind={kind}>{word}</Status>;
    },
  },
  {
    header: 'Approvals',
    width: '96px',
    align: 'end',
    hide: 'narrow',
    cell: ({ approvals, needed }) => (needed === undefined ? approvals : `${approvals} of ${needed}`),
  },
  {
    header: 'Expires',
    width: '264px',
    align: 'end',
    hide: 'medium',
    cell: ({ status, expiresAt }) =>
      status === 'open' || status === 'accepted' ? <Until value={expiresAt} /> : '–',
  },
];
