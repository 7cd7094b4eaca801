import type { ReactNode } from 'react';
import styles from './Panel.module.css';

/** A bordered surface without a title of its own, for a table that is the page. */
export function Panel({ children }: { children: ReactNode }) {
  return <div className={styles.panel}>{children}</div>;
}
