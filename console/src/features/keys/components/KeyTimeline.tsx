import { Card } from '../../../components/Card.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatCount, shortenHash } from '../../../lib/format.ts';
import type { HeldKey } from '../held.ts';
import { barInWords, barsOf } from '../timeline.ts';
import styles from './KeyTimeline.module.css';

/** Which consensus key was whose at which height; the table below says the same in full. */
export function KeyTimeline({ keys, height }: { keys: readonly HeldKey[]; height: number }) {
  return (
    <Card title="Who held which consensus key">
      <div className={styles.bars}>
        {barsOf(keys, height).map((bar) => (
          <div key={bar.holder} className={styles.bar}>
            <span className={styles.name}>{bar.holder}</span>
            <div className={styles.track} role="img" aria-label={barInWords(bar, shortenHash)}>
              {bar.segments.map(({ key, to, startPercent, widthPercent }) => (
                <span
                  key={key}
                  className={cx(styles.segment, to !== undefined && styles.former)}
                  style={{ insetInlineStart: `${startPercent}%`, width: `${widthPercent}%` }}
                >
                  {shortenHash(key)}
                </span>
              ))}
            </div>
          </div>
        ))}
        <div className={styles.scale}>
          <span>Block 1</span>
          <span>Block {formatCount(height)}</span>
        </div>
      </div>
    </Card>
  );
}
