import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import type { BalancesJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { Page } from '../../components/Page.tsx';
import { Panel } from '../../components/Panel.tsx';
import { useAsOf } from '../../lib/as-of.ts';
import { formatCount, plural } from '../../lib/format.ts';
import { HeightSlider } from '../blocks/components/HeightSlider.tsx';
import styles from './AssetPage.module.css';
import { formatAmount, shareOf } from './amount.ts';
import { type AssetDefinition, balancesQuery, definitionQuery } from './api/assets.ts';

type Balance = BalancesJson['balances'][number];

/** Who holds how much of an asset, now or as of a block. */
export default function AssetPage() {
  const { id = '' } = useParams();
  const definition = useQuery(definitionQuery(id));
  return (
    <Page
      title={`Asset ${id}`}
      lead={definition.data?.name ?? 'Fungible amounts, held by identities. Reported, not proven.'}
    >
      <Answer query={definition} label="asset" lines={6}>
        {(data) =>
          data === null ? (
            <EmptyState title="No such asset" why={`No asset of this ledger is called ${id}.`} />
          ) : (
            <Asset id={id} definition={data} />
          )
        }
      </Answer>
    </Page>
  );
}

function Asset({ id, definition }: { id: string; definition: AssetDefinition }) {
  const { asOf, setAsOf, highest } = useAsOf();
  const balances = useQuery(balancesQuery(id, asOf));
  return (
    <>
      <HeightSlider highest={highest} value={asOf} onChange={setAsOf} what="Balances" />
      <div className={styles.columns}>
        <Answer query={balances} label="balances" lines={6}>
          {(data) =>
            data === null ? (
              <Panel>
                <EmptyState title="Not defined yet" why={`As of this block no asset was called ${id}.`} />
              </Panel>
            ) : (
              <Balances data={data} decimals={definition.decimals} />
            )
          }
        </Answer>
        <Card title="Facts">
          <AssetFacts id={id} definition={definition} balances={balances.data ?? undefined} />
        </Card>
      </div>
    </>
  );
}

function Balances({ data: { balances, total, height }, decimals }: { data: BalancesJson; decimals: number }) {
  return (
    <Panel>
      {balances.length === 0 ? (
        <EmptyState
          title="Nobody held any"
          why={`As of block ${formatCount(height)} nothing was issued, or all of it was burned.`}
        />
      ) : (
        <DataTable
          caption={`Balances as of block ${height}`}
          rows={balances}
          columns={columnsOf(total, decimals)}
          rowKey={({ identity }) => identity}
          total={balances.length}
          footer={`${plural(balances.length, 'holder')} as of block ${formatCount(height)}.`}
        />
      )}
    </Panel>
  );
}

const columnsOf = (total: string, decimals: number): readonly Column<Balance>[] => [
  {
    header: 'Identity',
    cell: ({ identity }) => (
      <Link to={`/identities/${encodeURIComponent(identity)}`} data-row-link="">
        {identity}
      </Link>
    ),
  },
  {
    header: 'Amount',
    align: 'end',
    cell: ({ amount }) => <span data-amount={amount}>{formatAmount(amount, decimals)}</span>,
  },
  {
    header: 'Share',
    width: '96px',
    align: 'end',
    hide: 'narrow',
    cell: ({ amount }) => `${(100 * shareOf(amount, total)).toFixed(1)} %`,
  },
];

function AssetFacts({
  id,
  definition: { decimals, definer, member, supply },
  balances,
}: {
  id: string;
  definition: AssetDefinition;
  balances: BalancesJson | undefined;
}) {
  return (
    <Facts>
      <Fact name="Id">
        <code>{id}</code>
      </Fact>
      <Fact name="Decimals">{decimals}</Fact>
      <Fact name="Supply now">{formatAmount(String(supply), decimals)}</Fact>
      {balances !== undefined && (
        <Fact name={`At block ${formatCount(balances.height)}`}>
          {formatAmount(balances.total, decimals)}
        </Fact>
      )}
      <Fact name="Defined by">
        <Link to={`/identities/${encodeURIComponent(definer)}`}>{definer}</Link> of {member}: issues it, with
        the admins and operators of that member
      </Fact>
      <Fact name="Movements">
        <Link to="/transactions?action=assets.transfer">transfers</Link>
      </Fact>
    </Facts>
  );
}
