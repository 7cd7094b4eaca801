import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import type { Column } from '../../../components/DataTable.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Status } from '../../../components/Status.tsx';
import { Age, Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { statusQuery } from '../../../lib/queries.ts';
import { blockQuery } from '../../blocks/api/blocks.ts';
import { approvalsQuery } from '../api/approvals.ts';
import { type HeldKey, keysWhen, whenOf } from '../held.ts';
import styles from '../KeysPage.module.css';

export interface KeyTableProps {
  readonly caption: string;
  readonly keys: readonly HeldKey[];
  /** As `?at=` has it: empty for those in use, `all`, or a height. */
  readonly at: string;
  /** All of one holder, which the page names already. */
  readonly ofOne?: true;
}

/** Which key is whose, from when to when, and what it signed. */
export function KeyTable({ caption, keys, at, ofOne }: KeyTableProps) {
  const when = whenOf(at);
  const rows = when === undefined ? [] : keysWhen(keys, when);
  if (rows.length === 0) {
    return <EmptyState title="No key" why="None of these was in force then." />;
  }
  const shown = ofOne === undefined ? columns : columns.filter(({ header }) => ofOneHolder.has(header));
  return <PlainTable caption={caption} columns={shown} rows={rows} rowKey={({ key }) => key} />;
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

const ofOneHolder: ReadonlySet<string> = new Set(['Key', 'State', 'From', 'Until', 'Age', 'Signed']);

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

export function Moment({ height }: { height: number }) {
  const { data } = useBlock(height);
  return (
    <span className={styles.moment}>
      <Link to={`/blocks/${height}`}>{formatCount(height)}</Link>
      {data !== undefined && <Time value={data.header.time} />}
    </span>
  );
}

export function AgeOf({ height }: { height: number }) {
  const { data } = useBlock(height);
  return data === undefined ? '–' : <Age value={data.header.time} />;
}
