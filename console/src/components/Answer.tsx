import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import styles from './Answer.module.css';
import { ErrorPanel } from './ErrorPanel.tsx';
import { Skeleton } from './Skeleton.tsx';
import { StatusIcon } from './Status.tsx';
import { Age } from './Time.tsx';

export interface AnswerProps<Data> {
  readonly query: UseQueryResult<Data>;
  /** For screen readers: "blocks". */
  readonly label: string;
  readonly lines?: number;
  readonly children: (data: Data) => ReactNode;
}

/** Every state of a question to the gateway: skeleton, error, answer, and an old answer shown with its age. */
export function Answer<Data>({ query, label, lines = 3, children }: AnswerProps<Data>) {
  const { data, error, refetch, dataUpdatedAt } = query;
  if (data === undefined) {
    return error === null ? (
      <Skeleton lines={lines} label={label} />
    ) : (
      <ErrorPanel error={error} onRetry={() => void refetch()} />
    );
  }
  return (
    <>
      {error !== null && <StaleNote since={dataUpdatedAt} reason={error.message} />}
      {children(data)}
    </>
  );
}

function StaleNote({ since, reason }: { since: number; reason: string }) {
  return (
    <p className={styles.stale} role="status">
      <StatusIcon kind="unknown" />
      <span>
        Shown as of <Age value={since} />: {reason}.
      </span>
    </p>
  );
}
