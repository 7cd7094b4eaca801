import { useNow } from '../lib/now.ts';
import { preferences } from '../lib/preferences.ts';
import { useSelected } from '../lib/store.ts';
import { formatTime } from '../lib/time.ts';
import styles from './Time.module.css';

/** A moment in the zone that the reader chose; the title has the UTC form. */
export function Time({ value }: { value: number }) {
  const mode = useSelected(preferences, ({ time }) => time);
  return mode === 'age' ? <Age value={value} /> : <Moment value={value} text={formatTime(value, mode, 0)} />;
}

export function Age({ value }: { value: number }) {
  const now = useNow(1000);
  return <Moment value={value} text={formatTime(value, 'age', now)} />;
}

function Moment({ value, text }: { value: number; text: string }) {
  const iso = new Date(value).toISOString();
  return (
    <time dateTime={iso} title={iso} className={styles.time}>
      {text}
    </time>
  );
}
