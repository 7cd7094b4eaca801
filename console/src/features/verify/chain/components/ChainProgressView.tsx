import { Hash } from '../../../../components/Hash.tsx';
import type { StatusKind } from '../../../../components/Status.tsx';
import { Time } from '../../../../components/Time.tsx';
import { formatCount } from '../../../../lib/format.ts';
import { rateText, timeLeftText } from '../pace.ts';
import type { ChainProgress } from '../protocol.ts';
import styles from './Chain.module.css';

export interface ChainProgressViewProps {
  readonly progress: ChainProgress;
  readonly target: number;
  readonly kind: StatusKind;
  readonly running: boolean;
}

/** How far it is, how fast it goes, and how long it will take. */
export function ChainProgressView({ progress, target, kind, running }: ChainProgressViewProps) {
  const { height, block, epoch, seals, startedAt } = progress;
  return (
    <>
      <div className={styles.bar}>
        <progress
          className={styles.fill}
          data-kind={kind}
          aria-label="Blocks verified"
          max={Math.max(1, target)}
          value={target === 0 ? 1 : Math.min(height, target)}
        />
      </div>
      <dl className={styles.figures}>
        <Figure name="Verified up to">
          {formatCount(height)} of {formatCount(target)}
        </Figure>
        <Figure name="Rate">{rateText(progress)}</Figure>
        <Figure name="Time left">{running ? timeLeftText(progress, target) : 'not running'}</Figure>
        <Figure name="Seals verified">{formatCount(seals)}</Figure>
        <Figure name="Epoch">{formatCount(epoch)}</Figure>
        <Figure name="Block hash">
          <Hash value={block} name="block hash" />
        </Figure>
        <Figure name="Began">
          <Time value={startedAt} />
        </Figure>
      </dl>
    </>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
