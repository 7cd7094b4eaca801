import type { ReactNode } from 'react';
import type { Check, CheckId } from '../../../../../shared/protocol/checks.ts';
import { StatusIcon, type StatusKind } from '../../../components/Status.tsx';
import type { CheckTitles } from '../checks.ts';
import { CheckList } from './CheckList.tsx';
import styles from './ResultPanel.module.css';

export interface ResultPanelProps {
  readonly kind: StatusKind;
  readonly title: string;
  readonly text: ReactNode;
  /** Absent if there was nothing to check. */
  readonly checks?: readonly Check[] | undefined;
  readonly ids?: readonly CheckId[];
  readonly titles?: CheckTitles;
  readonly children?: ReactNode;
}

/** The verdict in one line, the checks that it rests on, and whatever follows from it. */
export function ResultPanel({ kind, title, text, checks, ids, titles, children }: ResultPanelProps) {
  return (
    <section className={styles.panel} aria-label="Result">
      <div className={styles.head} role="status">
        <StatusIcon kind={kind} size={28} />
        <div>
          <p className={styles.title} data-kind={kind}>
            {title}
          </p>
          <p className={styles.muted}>{text}</p>
        </div>
      </div>
      {checks !== undefined && (
        <CheckList
          checks={checks}
          running={kind === 'pending'}
          {...(ids === undefined ? {} : { ids })}
          {...(titles === undefined ? {} : { titles })}
        />
      )}
      {children}
    </section>
  );
}
