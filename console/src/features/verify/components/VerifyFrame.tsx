import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import { Page } from '../../../components/Page.tsx';
import styles from './VerifyFrame.module.css';

const subjects = [
  ['/verify', 'File'],
  ['/verify/chain', 'Whole chain'],
  ['/verify/stream', 'Stream'],
  ['/verify/state', 'State entry'],
  ['/verify/heights', 'Two heights'],
  ['/verify/nodes', 'Two nodes'],
] as const;

/** A page of the room Verify, with the way to its others. */
export function VerifyFrame({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <Page title={title} lead={lead}>
      <nav className={styles.tabs} aria-label="What to verify">
        {subjects.map(([path, name]) => (
          <NavLink key={path} to={path} end className={styles.tab ?? ''}>
            {name}
          </NavLink>
        ))}
      </nav>
      {children}
    </Page>
  );
}
