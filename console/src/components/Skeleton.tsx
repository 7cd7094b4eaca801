import { cx } from '../lib/cx.ts';
import styles from './Skeleton.module.css';

/** Grey bars while the first answer is on its way; the style sheet delays them by 150 ms. */
export function Skeleton({ lines = 3, label }: { lines?: number; label: string }) {
  return (
    <div className={styles.skeleton} role="status">
      <span className="visually-hidden">Loading {label}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike
        <span key={line} className={cx(styles.bar, line % 3 === 2 && styles.short)} aria-hidden="true" />
      ))}
    </div>
  );
}
