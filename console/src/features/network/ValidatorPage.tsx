import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import type { ValidatorsJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import type { Column } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { Fingerprint } from '../../components/Fingerprint.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Page } from '../../components/Page.tsx';
import { PlainTable } from '../../components/PlainTable.tsx';
import { Status } from '../../components/Status.tsx';
import { formatCount, formatDuration } from '../../lib/format.ts';
import { validatorsQuery } from '../../lib/queries.ts';
import { useRecentBlocks } from '../../lib/recent-blocks.ts';
import { formatMs, formatOffsetMs } from './cells.ts';
import type { MatrixRow } from './observers.ts';
import { shareOf } from './share.ts';
import { useObservers } from './useObservers.ts';
import styles from './ValidatorPage.module.css';
import { validatorState } from './validator-state.ts';

export default function ValidatorPage() {
  const { id = '' } = useParams();
  const validators = useQuery(validatorsQuery);
  return (
    <Page title={`Validator ${id}`} lead="What the ledger says of it, and how the others see it.">
      <Answer query={validators} label="validator" lines={8}>
        {(data) => {
          const validator = data.validators.find((one) => one.id === id);
          return validator === undefined ? (
            <EmptyState
              title="No such validator"
              why={`None of epoch ${data.epoch} is called ${id}.`}
              next={<Link to="/network">All validators</Link>}
            />
          ) : (
            <div className={styles.columns}>
              <div className={styles.column}>
                <SeenBy id={id} />
                <Work id={id} n={data.n} />
              </div>
              <Card title="Facts">
                <ValidatorFacts validator={validator} set={data} />
              </Card>
            </div>
          );
        }}
      </Answer>
    </Page>
  );
}

function ValidatorFacts({
  validator,
  set,
}: {
  validator: ValidatorsJson['validators'][number];
  set: ValidatorsJson;
}) {
  const { id, memberName, address, gateway, consensusKey, nodeKey, incarnation, evidence } = validator;
  return (
    <Facts>
      <Fact name="Member">{memberName}</Fact>
      <Fact name="Epoch and view">
        {set.epoch}, {formatCount(set.view)}
        {set.primary === id && ': primary of this view'}
      </Fact>
      <Fact name="Links">
        <code>{address}</code>
      </Fact>
      <Fact name="Gateway">
        {gateway === '' ? (
          'none'
        ) : (
          <a href={gateway} target="_blank" rel="noreferrer">
            {gateway}
          </a>
        )}
      </Fact>
      <Fact name="Consensus key">
        <Fingerprint value={consensusKey} name="consensus key" narrow />
      </Fact>
      <Fact name="Node key">
        <Fingerprint value={nodeKey} name="node key" narrow />
      </Fact>
      <Fact name="Incarnation">
        <Hash value={incarnation} name="incarnation" />
      </Fact>
      <Fact name="Evidence">
        {evidence.length === 0 ? (
          'none in this epoch'
        ) : (
          <Link to="/evidence">against it: {evidence.join(', ')}</Link>
        )}
      </Fact>
    </Facts>
  );
}

type Sight = MatrixRow & { readonly observer: string };

function SeenBy({ id }: { id: string }) {
  const sights = useObservers().flatMap(({ validator: observer, sees }): Sight[] => {
    const row = sees?.get(id);
    return row === undefined ? [] : [{ ...row, observer }];
  });
  return (
    <Card title="How it is seen" flush aside={<Link to="/network">Ask more nodes</Link>}>
      {sights.length === 0 ? (
        <EmptyState title="Nobody is asked" why="No node that answers has said anything of it yet." />
      ) : (
        <PlainTable
          caption="How it is seen"
          columns={sightColumns}
          rows={sights}
          rowKey={({ observer }) => observer}
        />
      )}
    </Card>
  );
}

const sightColumns: readonly Column<Sight>[] = [
  { header: 'By', cell: ({ observer, isSelf }) => (isSelf ? `${observer} itself` : observer) },
  {
    header: 'State',
    cell: (row) => {
      const { kind, word } = validatorState(row);
      return <Status kind={kind}>{word}</Status>;
    },
  },
  {
    header: 'Height',
    align: 'end',
    cell: ({ height }) => (height === undefined ? '–' : formatCount(height)),
  },
  { header: 'View', align: 'end', cell: ({ view }) => (view === undefined ? '–' : formatCount(view)) },
  { header: 'Round trip', align: 'end', cell: ({ seen }) => formatMs(seen?.roundTripMs) },
  { header: 'Clock offset', align: 'end', cell: ({ seen }) => formatOffsetMs(seen?.clockOffsetMs) },
  {
    header: 'Last heard',
    align: 'end',
    cell: ({ seen }) =>
      seen?.lastMessageAgeMs === undefined ? '–' : `${formatDuration(seen.lastMessageAgeMs)} ago`,
  },
];

/** From the certificates of the newest blocks: who proposed and who sealed stands in the ledger. */
function Work({ id, n }: { id: string; n: number }) {
  const { blocks, proposed, sealed, newest } = shareOf(useRecentBlocks(), id);
  return (
    <Card title="Its part in the newest blocks">
      {blocks === 0 ? (
        <p className={styles.muted}>No block beyond genesis yet.</p>
      ) : (
        <Facts>
          <Fact name="Proposed">
            {proposed} of {blocks}
          </Fact>
          <Fact name="Sealed">
            {sealed} of {blocks}. A certificate needs a quorum of the {n}; who is late is left out of it.
          </Fact>
          <Fact name="Last proposed">
            {newest === undefined ? (
              'none of these'
            ) : (
              <Link to={`/blocks/${newest}`}>block {formatCount(newest)}</Link>
            )}
          </Fact>
        </Facts>
      )}
    </Card>
  );
}
