import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import type { MetricsHistoryJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import { Skeleton } from '../../../components/Skeleton.tsx';
import { formatCount, formatRate, formatWait } from '../../../lib/format.ts';
import styles from '../MetricsPage.module.css';
import { ratesOf } from '../rates.ts';
import { markText } from '../view-changes.ts';

const TimeChart = lazy(() => import('../../../components/TimeChart.tsx'));

export function Charts({ history }: { history: MetricsHistoryJson }) {
  const rates = useMemo(() => ratesOf(history.samples), [history.samples]);
  const marks = history.viewChanges.map((change) => ({ at: change.at, label: markText(change) }));
  const common = { moments: rates.moments, marks, shape: 'lines', group: 'metrics' } as const;
  return (
    <div className={styles.grid}>
      <Chart title="Transactions a second">
        <TimeChart
          {...common}
          series={[
            { name: 'succeeded', values: rates.succeeded },
            { name: 'failed', values: rates.failed, colour: 'failed' },
          ]}
          format={formatRate}
          least={0.1}
          summary={`Transactions a second: at most ${formatRate(most(rates.succeeded))}`}
        />
      </Chart>
      <Chart title="Time to commit">
        <TimeChart
          {...common}
          series={[
            { name: 'p50', values: rates.p50 },
            { name: 'p95', values: rates.p95 },
            { name: 'p99', values: rates.p99 },
          ]}
          format={formatWait}
          least={1}
          summary={`From arrival here until certified and durable: the slowest hundredth took at most ${formatWait(most(rates.p99))}`}
        />
      </Chart>
      <Chart title="Waiting transactions">
        <TimeChart
          {...common}
          series={[{ name: 'waiting', values: rates.pool }]}
          format={(value) => formatCount(Math.round(value))}
          least={1}
          summary={`Transactions that wait: at most ${formatCount(most(rates.pool))}`}
        />
      </Chart>
      <Chart title="Blocks a second">
        <TimeChart
          {...common}
          series={[{ name: 'blocks', values: rates.blocks }]}
          format={formatRate}
          least={0.1}
          summary={`Blocks a second: at most ${formatRate(most(rates.blocks))}`}
        />
      </Chart>
    </div>
  );
}

function Chart({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card title={title}>
      <Suspense fallback={<Skeleton lines={5} label="chart" />}>{children}</Suspense>
    </Card>
  );
}

const most = (values: readonly (number | null)[]): number =>
  Math.max(0, ...values.map((value) => value ?? 0));
