import { cx } from '../lib/cx.ts';
import { fingerprint } from '../lib/format.ts';
import styles from './Fingerprint.module.css';
import { CopyButton } from './Hash.tsx';

export interface FingerprintProps {
  readonly value: string;
  /** What it is, for the copy button. */
  readonly name?: string;
  /** Groups that differ from this one's are marked. */
  readonly against?: string;
  /** Four groups a line, for a narrow column. */
  readonly narrow?: true;
}

/** A whole network id or key in groups of four, for comparing by eye or reading aloud. */
export function Fingerprint({ value, name = 'network id', against, narrow }: FingerprintProps) {
  const other = against === undefined ? undefined : fingerprint(against);
  return (
    <div className={styles.frame}>
      <code className={cx(styles.groups, narrow && styles.narrow)}>
        {fingerprint(value).map((group, at) => {
          const differs = other !== undefined && other[at] !== group;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a group is its position
            <span key={at} className={cx(differs && styles.differs)}>
              {group}
            </span>
          );
        })}
      </code>
      <CopyButton value={value} name={name} />
    </div>
  );
}
