import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import type { Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { PlainTable } from '../../components/PlainTable.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { SelectField } from '../../components/SelectField.tsx';
import { Status } from '../../components/Status.tsx';
import { Age, Time } from '../../components/Time.tsx';
import { formatCount } from '../../lib/format.ts';
import { statusQuery } from '../../lib/queries.ts';
import { useSearchState } from '../../lib/search-state.ts';
import { blockQuery } from '../blocks/api/blocks.ts';
import { allIdentitiesQuery } from '../members/api/members.ts';
import { approvalsQuery } from './api/approvals.ts';
import { identityKeysQuery, nodeKeysQuery } from './api/keys.ts';
import { KeyTimeline } from './components/KeyTimeline.tsx';
import { SignedCard } from './components/SignedCard.tsx';
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
  const [signer, setSigner] = useSearchState('key');
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
      {/^[0-9a-f]{64}$/.test(signer) && (
        <SignedCard key={signer} publicKey={signer} onClose={() => setSigner('')} />
      )}
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
  const keys = useQuery(nodeKeysQuery);
  const height = useQuery(statusQuery).data?.height;
  return (
    <>
      {keys.data !== undefined && height !== undefined && <KeyTimeline keys={keys.data} height={height} />}
      <Card title="Keys of validators and observers" flush>
        <Answer query={keys} label="keys of validators" lines={8}>
          {(data) => <KeyTable caption="Keys of validators and observers" keys={data} at={at} />}
        </Answer>
      </Card>
    </>
  );
}

function IdentityKeys({ id, at }: { id: string; at: string }) {
  const keys = useQuery(identityKeysQuery(id));
  return (
    <Answer query={keys} label="keys of the identity">
      {(data) => <KeyTable caption={`Keys of ${id}`} keys={data} at={at} />}
    </Answer>
  );
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
  { header: 'Holder', cell: (key) => <Holder {...key} /> },
  { header: 'For', cell: ({ kind }) => (kind === 'identity' ? 'signing' : kind) },
  {
    header: 'Key',
    cell: ({ holder, kind, key }) => <Hash value={key} name={`${kind} key of ${holder}`} />,
  },
  { header: 'State', cell: (key) => <State {...key} /> },
  { header: 'From', cell: ({ from }) => (from === undefined ? '–' : <Moment height={from} />) },
  { header: 'Until', cell: ({ until }) => (until === undefined ? '–' : <Moment height={until} />) },
  { header: 'Age', align: 'end', cell: ({ registered }) => <AgeOf height={registered} /> },
  {
    header: 'Approved by',
    cell: ({ key, kind, registered }) => <ApprovedBy publicKey={key} kind={kind} registered={registered} />,
  },
  {
    header: 'Signed',
    cell: ({ kind, key, holder }) => (kind === 'node' ? '–' : <SignedLink publicKey={key} holder={holder} />),
  },
  {
    header: 'Rotation',
    cell: ({ holder, kind, until, from, standing }) =>
      standing === 'validator' && kind === 'consensus' && from !== undefined && until === undefined ? (
        <Link to={`/keys/rotate/${holder}`}>Rotate {holder}</Link>
      ) : (
        '–'
      ),
  },
];

function Holder({ holder, standing }: HeldKey) {
  if (standing === 'identity') return <Link to={`/identities/${encodeURIComponent(holder)}`}>{holder}</Link>;
  if (standing === 'validator') return <Link to={`/validators/${holder}`}>{holder}</Link>;
  return `${holder}, ${standing}`;
}

/** Which decision brought a consensus key; others take effect with the transaction that registers them. */
function ApprovedBy({
  publicKey,
  kind,
  registered,
}: Pick<HeldKey, 'kind' | 'registered'> & { publicKey: string }) {
  const approval = useQuery(approvalsQuery).data?.get(publicKey);
  if (approval !== undefined) {
    const { cause, approvedAt } = approval;
    return 'proposal' in cause ? (
      <Link to={`/proposals/${cause.proposal}`}>proposal {cause.proposal}</Link>
    ) : (
      <Link to={`/blocks/${approvedAt}`}>the old key</Link>
    );
  }
  if (registered === 0) return 'genesis';
  return kind === 'consensus' ? (
    '–'
  ) : (
    <Link to={`/blocks/${registered}`}>block {formatCount(registered)}</Link>
  );
}

/** Keeps what else the address asks for. */
function SignedLink({ publicKey, holder }: { publicKey: string; holder: string }) {
  const [params] = useSearchParams();
  const search = new URLSearchParams(params);
  search.set('key', publicKey);
  return (
    <Link to={{ search: search.toString() }} aria-label={`Show what this key of ${holder} signed`}>
      Show
    </Link>
  );
}

function State({ from, until, suspected }: HeldKey) {
  if (suspected !== undefined) return <Status kind="failed">Suspected: {suspected}</Status>;
  if (from === undefined) return <Status kind="unknown">Not in force</Status>;
  return until === undefined ? (
    <Status kind="reported">In use</Status>
  ) : (
    <Status kind="offline">Replaced or ended</Status>
  );
}

/** The block of a height, once the node has it; a certified block never changes. */
function useBlock(height: number) {
  const reached = useQuery(statusQuery).data?.height ?? -1;
  return useQuery({ ...blockQuery(String(height)), enabled: height <= reached });
}

function Moment({ height }: { height: number }) {
  const { data } = useBlock(height);
  return (
    <span className={styles.moment}>
      <Link to={`/blocks/${height}`}>{formatCount(height)}</Link>
      {data !== undefined && <Time value={data.header.time} />}
    </span>
  );
}

function AgeOf({ height }: { height: number }) {
  const { data } = useBlock(height);
  return data === undefined ? '–' : <Age value={data.header.time} />;
}
