import { ArrowUp } from 'lucide-react';
import { plural } from '../lib/format.ts';
import styles from './NewPill.module.css';

/** Rows have arrived above what is shown. */
export function NewPill({ count, what, onPress }: { count: number; what: string; onPress: () => void }) {
  if (count === 0) return null;
  return (
    <div className={styles.anchor}>
      <button type="button" className={styles.pill} onClick={onPress}>
        <ArrowUp size={14} aria-hidden />
        {plural(count, `new ${what}`)}
      </button>
    </div>
  );
}
