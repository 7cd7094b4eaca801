import type { StatusJson } from '../../../../../shared/api.ts';
import { Status, StatusIcon } from '../../../components/Status.tsx';
import { useNow } from '../../../lib/now.ts';
import { NewestCertificate } from '../../verify/components/NewestCertificate.tsx';
import { verdictOf } from '../verdict.ts';
import styles from './VerdictCard.module.css';

/** Does the network commit? One sentence, who says so, and what this browser checked of it. */
export function VerdictCard({ status, answeredAt }: { status: StatusJson; answeredAt: number }) {
  const now = useNow(500);
  const { kind, word, sentence, next } = verdictOf(status, now - answeredAt);
  return (
    <section className={styles.card} aria-label="Verdict">
      <StatusIcon kind={kind} size={28} />
      <div className={styles.text}>
        <p className={styles.sentence}>
          <strong className={styles[kind]}>{word}:</strong> {sentence}
        </p>
        {next !== undefined && <p className={styles.next}>{next}</p>}
        <div className={styles.trust}>
          <span className={styles.reporter}>Reported by {status.node}</span>
          <NewestCertificate fallback={<Status kind="unknown">Newest certificate not checked yet</Status>} />
        </div>
      </div>
    </section>
  );
}
