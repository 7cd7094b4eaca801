import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Card } from '../../components/Card.tsx';
import type { Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { PlainTable } from '../../components/PlainTable.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { SelectField } from '../../components/SelectField.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { Status } from '../../components/Status.tsx';
import { Age, Time } from '../../components/Time.tsx';
import { formatCount } from '../../lib/format.ts';
import { validatorsQuery } from '../../lib/queries.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { blockQuery } from '../blocks/api/blocks.ts';
import { allIdentitiesQuery, membersQuery } from '../members/api/members.ts';
import { activationsQuery } from '../proposals/api/proposals.ts';
import { identityKeysQuery, nodeKeysQuery } from './api/keys.ts';
import { type HeldKey, keysWhen, whenOf } from './held.ts';
import styles from './KeysPage.module.css';

const periods = [
  { value: '', label: 'In use' },
  { value: 'all', label: 'Ever' },
] as const;

/** Which key is whose: now, ever, or at a height. */
export default function KeysPage() {
  const [at, setAt] = useSearchState('at');
  const [identity, setIdentity] = useSearchState('of');
  const identities = useQuery(allIdentitiesQuery);
  return (
    <Page
      title="Keys"
      lead="A key has one owner for ever: what it signed is theirs, whoever holds it now. From the certified state, reported."
      actions={
        <Segmented label="Which keys" value={at === 'all' ? 'all' : ''} options={periods} onChange={setAt} />
      }
    >
      <Panel>
        <search aria-label="Who held which key when">
          <FilterField
            label="Held at height"
            value={at === 'all' ? '' : at}
            onChange={(text) => setAt(text.trim())}
          />
        </search>
        {whenOf(at) === undefined && (
          <EmptyState title="No such height" why="A height is a whole number from 0." />
        )}
      </Panel>
      <NodeKeys at={at} />
      <Card
        title="Keys of an identity"
        flush
        aside={
          <SelectField
            label="Identity"
            inline
            value={identity}
            onChange={setIdentity}
            options={[
              { value: '', label: 'Choose' },
              ...(identities.data ?? []).map((id) => ({ value: id, label: id })),
            ]}
          />
        }
      >
        {identity === '' ? (
          <EmptyState
            title="Choose an identity"
            why="Its keys follow here, with the heights from and until which each was in force."
          />
        ) : (
          <IdentityKeys id={identity} at={at} />
        )}
      </Card>
    </Page>
  );
}

/** Validators of the epoch, those that have left, and observers. */
function NodeKeys({ at }: { at: string }) {
  const validators = useQuery(validatorsQuery);
  const members = useQuery(membersQuery);
  const activations = useQuery(activationsQuery);
  const present = validators.data?.validators.map(({ id }) => id) ?? [];
  const left = (activations.data?.rows ?? [])
    .filter(({ status }) => status === 'active')
    .flatMap(({ changes }) => changes.flatMap((one) => (one.kind === 'remove' ? [one.id] : [])));
  const observers = members.data?.members.flatMap((member) => member.observers) ?? [];
  const voting = [...new Set([...present, ...left])];
  const all = [...new Set([...voting, ...observers])];
  const answers = useQueries({
    queries: [
      ...voting.map((id) => nodeKeysQuery('consensus', id)),
      ...all.map((id) => nodeKeysQuery('node', id)),
    ],
  });
  const error = validators.error ?? answers.find((one) => one.error !== null)?.error ?? null;
  const isPending = validators.isPending || answers.some((one) => one.isPending);
  const keys = answers.flatMap(({ data }) => data ?? []);
  return (
    <Card title="Keys of validators and observers" flush>
      {error !== null && <ErrorPanel error={error} onRetry={() => void validators.refetch()} />}
      {isPending && error === null ? (
        <Skeleton lines={8} label="keys of validators" />
      ) : (
        <KeyTable caption="Keys of validators and observers" keys={keys} at={at} />
      )}
    </Card>
  );
}

function IdentityKeys({ id, at }: { id: string; at: string }) {
  const keys = useQuery(identityKeysQuery(id));
  if (keys.data === undefined) {
    return keys.error === null ? (
      <Skeleton lines={3} label="keys of the identity" />
    ) : (
      <ErrorPanel error={keys.error} onRetry={() => void keys.refetch()} />
    );
  }
  return <KeyTable caption={`Keys of ${id}`} keys={keys.data} at={at} />;
}

function KeyTable({ caption, keys, at }: { caption: string; keys: readonly HeldKey[]; at: string }) {
  const when = whenOf(at);
  const rows = when === undefined ? [] : keysWhen(keys, when);
  if (rows.length === 0) {
    return <EmptyState title="No key" why="None of these was in force then." />;
  }
  return <PlainTable caption={caption} columns={columns} rows={rows} rowKey={({ key }) => key} />;
}

const columns: readonly Column<HeldKey>[] = [
  {
    header: 'Holder',
    cell: ({ holder, kind }) => (
      <Link to={kind === 'identity' ? `/identities/${encodeURIComponent(holder)}` : `/validators/${holder}`}>
        {holder}
      </Link>
    ),
  },
  { header: 'For', cell: ({ kind }) => (kind === 'identity' ? 'signing' : kind) },
  { header: 'Key', cell: ({ holder, kind, key }) => <Hash value={key} name={`${kind} key of ${holder}`} /> },
  {
    header: 'State',
    cell: ({ until, suspected }) =>
      suspected !== undefined ? (
        <Status kind="failed">Suspected: {suspected}</Status>
      ) : until === undefined ? (
        <Status kind="reported">In use</Status>
      ) : (
        <Status kind="offline">Replaced or ended</Status>
      ),
  },
  { header: 'From', cell: ({ since }) => <Moment height={since} /> },
  { header: 'Until', cell: ({ until }) => (until === undefined ? '–' : <Moment height={until} />) },
  { header: 'Age', align: 'end', cell: ({ since }) => <AgeOf height={since} /> },
  {
    header: 'Signed',
    cell: ({ kind, key }) =>
      kind === 'node' ? '–' : <Link to={`/transactions?sender=${key}`}>transactions</Link>,
  },
];

/** A height with its block time: a certified block never changes. */
function Moment({ height }: { height: number }) {
  const { data } = useQuery(blockQuery(String(height)));
  return (
    <span className={styles.moment}>
      <Link to={`/blocks/${height}`}>{formatCount(height)}</Link>
      {data !== undefined && <Time value={data.header.time} />}
    </span>
  );
}

function AgeOf({ height }: { height: number }) {
  const { data } = useQuery(blockQuery(String(height)));
  return data === undefined ? '–' : <Age value={data.header.time} />;
}
