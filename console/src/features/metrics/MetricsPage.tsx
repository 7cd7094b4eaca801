import { useQuery } from '@tanstack/react-query';
import type { MetricsHistoryJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Page } from '../../components/Page.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { Time } from '../../components/Time.tsx';
import { useSearchState } from '../../lib/search-state.ts';
import { metricsHistoryQuery, type Span } from './api/history.ts';
import { Charts } from './components/Charts.tsx';
import { SampleTable } from './components/SampleTable.tsx';
import styles from './MetricsPage.module.css';
import { changeText } from './view-changes.ts';

const spans = [
  { value: 'hour', label: 'Last hour' },
  { value: 'day', label: 'Last day' },
] as const;
const looks = [
  { value: 'charts', label: 'Charts' },
  { value: 'table', label: 'Table' },
] as const;

/** How much the node certified lately, how long it took, and what waited. */
export default function MetricsPage() {
  const [span, setSpan] = useSearchState('span');
  const [look, setLook] = useSearchState('view');
  const chosen: Span = span === 'day' ? 'day' : 'hour';
  const history = useQuery(metricsHistoryQuery(chosen));
  return (
    <Page
      title="Metrics"
      lead="Measured by the node at hand and kept in its memory: it begins anew when the node starts. Reported, not proven."
      actions={
        <>
          <Segmented label="Span" value={chosen} options={spans} onChange={setSpan} />
          <Segmented
            label="Look"
            value={look === 'table' ? 'table' : 'charts'}
            options={looks}
            onChange={setLook}
          />
        </>
      }
    >
      <Answer query={history} label="metrics" lines={8}>
        {(data) =>
          data.samples.length === 0 ? (
            <NoSamples history={data} />
          ) : (
            <>
              {look === 'table' ? <SampleTable history={data} /> : <Charts history={data} />}
              <ViewChanges history={data} />
            </>
          )
        }
      </Answer>
    </Page>
  );
}

function NoSamples({ history: { node, stepMs, startedAtMs } }: { history: MetricsHistoryJson }) {
  return (
    <EmptyState
      title="No sample yet"
      why={
        <>
          {node} started at <Time value={startedAtMs} /> and takes one every {stepMs / 1_000} s. The first is
          on its way.
        </>
      }
    />
  );
}

function ViewChanges({ history: { viewChanges } }: { history: MetricsHistoryJson }) {
  return (
    <Card title="Changes of view">
      {viewChanges.length === 0 ? (
        <p className={styles.muted}>None in this span: one primary led all the time.</p>
      ) : (
        <ol className={styles.changes}>
          {viewChanges.toReversed().map((change) => (
            <li key={`${change.at}/${change.to}`}>
              <Time value={change.at} /> {changeText(change)}
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
