import { Card } from '../../../components/Card.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatCount, shortenHash } from '../../../lib/format.ts';
import type { HeldKey } from '../held.ts';
import { type Bar, barInWords, barsOf } from '../timeline.ts';
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
                  <span className={styles.key}>{shortenHash(key)}</span>
                </span>
              ))}
            </div>
            <span className={styles.now}>
              <HeldNow bar={bar} />
            </span>
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

/** In full beside the bar, in which a key of the last few blocks has no room. */
function HeldNow({ bar: { segments } }: { bar: Bar }) {
  const held = segments.find(({ to }) => to === undefined);
  return held === undefined ? 'none now' : <code>{shortenHash(held.key)}</code>;
}
