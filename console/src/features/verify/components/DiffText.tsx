import { cx } from '../../../lib/cx.ts';
import styles from './DiffText.module.css';

/** Text in which the characters that differ from `against` are marked, also for who cannot see colour. */
export function DiffText({ text, against }: { text: string; against: string }) {
  if (text === against) return <code className={styles.text}>{text}</code>;
  return (
    <code className={styles.text}>
      {runsOf(text, against).map(({ from, run, differs }) => (
        <span key={from} className={cx(differs && styles.differs)}>
          {run}
        </span>
      ))}
    </code>
  );
}

interface Run {
  readonly from: number;
  readonly run: string;
  readonly differs: boolean;
}

/** Cuts `text` where it begins or ceases to differ from `against`, position by position. */
export function runsOf(text: string, against: string): readonly Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (let at = 1; at <= text.length; at++) {
    const differs = text[from] !== against[from];
    if (at < text.length && (text[at] !== against[at]) === differs) continue;
    runs.push({ from, run: text.slice(from, at), differs });
    from = at;
  }
  return runs;
}
