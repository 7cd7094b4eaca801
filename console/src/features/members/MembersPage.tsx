import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { IdentityRowJson, MemberJson, ThresholdsJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Page } from '../../components/Page.tsx';
import { PlainTable } from '../../components/PlainTable.tsx';
import { SelectField } from '../../components/SelectField.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Status } from '../../components/Status.tsx';
import { formatCount } from '../../lib/format.ts';
import { footerOf, nextPageOf } from '../../lib/pages-as-you-scroll.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { identitiesQuery, membersQuery, thresholdsQuery } from './api/members.ts';
import { identityStatus, memberStatus, shareInWords } from './words.ts';

/** Organisations, who acts for them, and how many of them it takes to decide. */
export default function MembersPage() {
  const members = useQuery(membersQuery);
  return (
    <Page
      title="Members"
      lead="Who belongs to the consortium, from the certified state. Reported, not proven."
      actions={
        <Link to="/proposals/new" className={buttonClass('secondary')}>
          Propose a change
        </Link>
      }
    >
      <Card title="Members" flush>
        <Answer query={members} label="members" lines={5}>
          {(data) => (
            <PlainTable
              caption="Members"
              columns={memberColumns}
              rows={data.members}
              rowKey={({ id }) => id}
            />
          )}
        </Answer>
      </Card>
      <Identities members={members.data?.members ?? []} />
      <Thresholds />
    </Page>
  );
}

const listed = (ids: readonly string[]): string => (ids.length === 0 ? '–' : ids.join(', '));

const memberColumns: readonly Column<MemberJson>[] = [
  {
    header: 'Member',
    cell: ({ id, name }) => (
      <>
        {name} <code>{id}</code>
      </>
    ),
  },
  {
    header: 'Status',
    cell: ({ status }) => <Status kind={memberStatus[status].kind}>{memberStatus[status].word}</Status>,
  },
  { header: 'Admins', cell: ({ admins }) => listed(admins) },
  {
    header: 'Validators',
    cell: ({ validators }) =>
      validators.length === 0
        ? '–'
        : validators.map((id, at) => (
            <span key={id}>
              {at > 0 && ', '}
              <Link to={`/validators/${id}`}>{id}</Link>
            </span>
          )),
  },
  { header: 'Observers', cell: ({ observers }) => listed(observers) },
  {
    header: 'Identities',
    align: 'end',
    cell: ({ id, identities }) => <Link to={`/members?of=${id}`}>{formatCount(identities)}</Link>,
  },
];

function Identities({ members }: { members: readonly MemberJson[] }) {
  const [member, setMember] = useSearchState('of');
  const pages = useInfiniteQuery(identitiesQuery(member));
  const rows = pages.data?.pages.flatMap((page) => page.identities) ?? [];
  return (
    <Card
      title="Identities"
      flush
      aside={
        <SelectField
          label="Member"
          inline
          value={member}
          onChange={setMember}
          options={[
            { value: '', label: 'all members' },
            ...members.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      }
    >
      {pages.error !== null && <ErrorPanel error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Skeleton lines={8} label="identities" />}
      {pages.data !== undefined && rows.length === 0 && (
        <EmptyState title="No identity" why="This member never had one." />
      )}
      {rows.length > 0 && (
        <DataTable
          caption="Identities, by member"
          columns={identityColumns}
          rows={rows}
          rowKey={({ id }) => id}
          footer={footerOf(pages, 'more identities', 'These are all.')}
          onNearEnd={nextPageOf(pages)}
        />
      )}
    </Card>
  );
}

const identityColumns: readonly Column<IdentityRowJson>[] = [
  {
    header: 'Identity',
    cell: ({ id }) => (
      <Link to={`/identities/${encodeURIComponent(id)}`} data-row-link="">
        {id}
      </Link>
    ),
  },
  { header: 'Member', hide: 'narrow', cell: ({ memberName }) => memberName },
  {
    header: 'Roles',
    cell: ({ roles, streams }) =>
      `${listed(roles)}${streams === undefined ? '' : ` (${streams.join(', ')})`}`,
  },
  {
    header: 'Status',
    hide: 'narrow',
    cell: ({ status }) => <Status kind={identityStatus[status].kind}>{identityStatus[status].word}</Status>,
  },
  {
    header: 'Key',
    width: '172px',
    hide: 'medium',
    cell: ({ id, key }) => (
      <Hash value={key} name={`key of ${id}`} to={`/keys?of=${encodeURIComponent(id)}`} />
    ),
  },
];

function Thresholds() {
  const thresholds = useQuery(thresholdsQuery);
  return (
    <Card title="What it takes to decide" flush>
      <Answer query={thresholds} label="thresholds" lines={6}>
        {(data) => (
          <PlainTable
            caption="What it takes to decide"
            columns={thresholdColumns}
            rows={rowsOf(data)}
            rowKey={({ what }) => what}
          />
        )}
      </Answer>
    </Card>
  );
}

interface ThresholdRow {
  readonly what: string;
  readonly needs: string;
  readonly why: string;
}

const rowsOf = ({ thresholds, recovery, members }: ThresholdsJson): readonly ThresholdRow[] => [
  ...thresholds.map((one) => ({
    what: one.kind,
    needs: shareInWords(one, members),
    why:
      one.follows === undefined ? '' : `As many as ${one.follows}: it changes who has a ballot, or who seals`,
  })),
  { what: 'recovery after a lost quorum', needs: shareInWords(recovery, recovery.members), why: '' },
];

const thresholdColumns: readonly Column<ThresholdRow>[] = [
  { header: 'Action', cell: ({ what }) => <code>{what}</code> },
  { header: 'Approvals', cell: ({ needs }) => needs },
  { header: 'Because', cell: ({ why }) => why },
];
