import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import styles from './Status.module.css';

/**
 * `verified` is only for what this browser checked itself; what a node says is `reported`, however good it
 * sounds. Every state differs in shape, word and colour.
 */
export const statusKinds = [
  'verified',
  'reported',
  'pending',
  'failed',
  'unknown',
  'info',
  'lagging',
  'offline',
] as const;
export type StatusKind = (typeof statusKinds)[number];

export function Status({ kind, children }: { kind: StatusKind; children: ReactNode }) {
  return (
    <span className={cx(styles.status, styles[kind])}>
      <StatusIcon kind={kind} />
      <span>{children}</span>
    </span>
  );
}

export function StatusIcon({ kind, size = 16 }: { kind: StatusKind; size?: number }) {
  return (
    <svg
      className={cx(styles.icon, styles[kind])}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {shapes[kind]}
    </svg>
  );
}

const shapes: { readonly [kind in StatusKind]: ReactNode } = {
  verified: (
    <>
      <path d="M8 1.2 13.6 3.3v4.3c0 3.5-2.3 6-5.6 7.2-3.3-1.2-5.6-3.7-5.6-7.2V3.3z" fill="currentColor" />
      <path d="m5.4 8 1.9 1.9 3.4-3.7" className={styles.cutOut} />
    </>
  ),
  reported: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="m5.4 8.2 1.8 1.8 3.4-3.8" />
    </>
  ),
  pending: (
    <>
      <circle cx="8" cy="8" r="6.2" opacity="0.3" />
      <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4" strokeWidth="2" />
    </>
  ),
  failed: (
    <>
      <path d="M5.4 1.7h5.2l3.7 3.7v5.2l-3.7 3.7H5.4l-3.7-3.7V5.4z" />
      <path d="M8 4.9v3.6M8 11v.1" />
    </>
  ),
  unknown: <circle cx="8" cy="8" r="6.2" strokeDasharray="2.2 2.67" />,
  info: (
    <>
      <path d="m8 1.4 6.6 6.6L8 14.6 1.4 8z" />
      <path d="M8 7.6v3.2M8 5.2v.1" />
    </>
  ),
  lagging: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M8 4.6V8l2.2 1.6" />
    </>
  ),
  offline: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4" />
    </>
  ),
};
