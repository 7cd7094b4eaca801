import { cx } from '../lib/cx.ts';
import { fingerprint } from '../lib/format.ts';
import styles from './Fingerprint.module.css';
import { CopyButton } from './Hash.tsx';

/** A whole network id in groups of four, for comparing by eye or reading aloud. */
export function Fingerprint({ value, against }: { value: string; against?: string }) {
  const other = against === undefined ? undefined : fingerprint(against);
  return (
    <div className={styles.frame}>
      <code className={styles.groups}>
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
      <CopyButton value={value} name="network id" />
    </div>
  );
}
