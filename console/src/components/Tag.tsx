import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { cx } from '../lib/cx.ts';
import styles from './Tag.module.css';

/** A word beside a name: "primary". */
export function Tag({ to, children }: { to?: string; children: ReactNode }) {
  if (to === undefined) return <span className={styles.tag}>{children}</span>;
  return (
    <Link to={to} className={cx(styles.tag)}>
      {children}
    </Link>
  );
}
