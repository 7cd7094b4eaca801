import { type ReactNode, useEffect } from 'react';
import styles from './Page.module.css';
import { Skeleton } from './Skeleton.tsx';

export interface PageProps {
  /** Also the document's title. */
  readonly title: string;
  readonly heading?: ReactNode;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, heading, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Concordat`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.titles}>
          <h1>{heading ?? title}</h1>
          {lead !== undefined && <div className={styles.lead}>{lead}</div>}
        </div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** In the place of a page that is on its way. */
export function PageSkeleton({ label }: { label: string }) {
  return (
    <div className={styles.page}>
      <Skeleton lines={6} label={label} />
    </div>
  );
}
