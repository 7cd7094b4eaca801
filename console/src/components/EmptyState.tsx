import type { ReactNode } from 'react';
import styles from './EmptyState.module.css';

/** Nothing here: says why, and what to do next. */
export function EmptyState({ title, why, next }: { title: string; why: ReactNode; next?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <svg width="40" height="40" viewBox="0 0 40 40" fill="none" stroke="currentColor" aria-hidden="true">
        <rect x="5.5" y="8.5" width="29" height="7" rx="2.5" strokeDasharray="3 3" />
        <rect x="5.5" y="18.5" width="29" height="7" rx="2.5" strokeDasharray="3 3" opacity="0.7" />
        <rect x="5.5" y="28.5" width="29" height="7" rx="2.5" strokeDasharray="3 3" opacity="0.4" />
      </svg>
      <p className={styles.title}>{title}</p>
      <p className={styles.why}>{why}</p>
      {next !== undefined && <div className={styles.next}>{next}</div>}
    </div>
  );
}
