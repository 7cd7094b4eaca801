import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { StatusJson } from '../../../../../shared/api.ts';
import { Sparkline } from '../../../components/Sparkline.tsx';
import { formatBytes, formatCount, formatRate } from '../../../lib/format.ts';
import { useLiveBlocks } from '../../../lib/live.ts';
import { useNow } from '../../../lib/now.ts';
import { useRecentBlocks } from '../../../lib/recent-blocks.ts';
import { ratePerSecond } from '../rate.ts';
import styles from './Figures.module.css';

const seconds = 60;

export function Figures({ status }: { status: StatusJson }) {
  const newest = useLiveBlocks()[0]?.height ?? 0;
  const { rate, pool, quorum } = status;
  return (
    <dl className={styles.figures}>
      <Figure name="Height" note={`epoch ${status.epoch}, mode ${status.mode}`}>
        <Link to="/blocks" className={styles.plain}>
          {formatCount(Math.max(newest, status.height))}
        </Link>
      </Figure>
      <Figure name="View" note={`primary ${status.primary}`}>
        {formatCount(status.view)}
      </Figure>
      <Figure
        name="Waiting"
        note={`${formatBytes(pool.bytes)}, room for ${formatCount(pool.transactionsMax)}`}
      >
        {formatCount(pool.transactions)}
      </Figure>
      <Figure name="Quorum" note={`of ${quorum.n}; tolerates ${quorum.f} faulty`}>
        {quorum.q}
      </Figure>
      <div className={styles.wide}>
        <dt>Transactions a second</dt>
        <dd className={styles.rate}>
          <span className={styles.metric}>{formatRate(rate.transactionsPerSecond)}</span>
          <RateChart clockOffsetMs={status.nowMs - Date.now()} />
        </dd>
        <dd className={styles.note}>
          over {Math.round(rate.windowMs / 1000)} s; {formatRate(rate.blocksPerSecond)} blocks a second
        </dd>
      </div>
    </dl>
  );
}

function Figure({ name, note, children }: { name: string; note: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={styles.metric}>{children}</dd>
      <dd className={styles.note}>{note}</dd>
    </div>
  );
}

function RateChart({ clockOffsetMs }: { clockOffsetMs: number }) {
  const now = useNow(1000) + clockOffsetMs;
  const blocks = useRecentBlocks().map(({ header, transactionCount }) => ({
    time: header.time,
    transactions: transactionCount,
  }));
  const values = ratePerSecond(blocks, now, seconds);
  const most = Math.max(...values);
  return (
    <Sparkline
      values={values}
      summary={`Each of the last ${seconds} seconds; at most ${formatCount(most)} a second`}
    />
  );
}
