import { Link } from 'react-router';
import type { BlockSummaryJson, StatusJson } from '../../../../../shared/api.ts';
import { Status, StatusIcon } from '../../../components/Status.tsx';
import { useLiveBlocks } from '../../../lib/live.ts';
import { useNow } from '../../../lib/now.ts';
import { NewestCertificate } from '../../verify/components/NewestCertificate.tsx';
import { verdictOf } from '../verdict.ts';
import styles from './VerdictCard.module.css';
import { Why } from './Why.tsx';

/** Does the network commit? One sentence, who says so, and what this browser checked of it. */
export function VerdictCard({ status, answeredAt }: { status: StatusJson; answeredAt: number }) {
  const now = useNow(500);
  const newest = useLiveBlocks()[0];
  const { kind, word, sentence, next } = verdictOf(withNewest(status, newest), now - answeredAt);
  return (
    <section className={styles.card} aria-label="Verdict">
      <StatusIcon kind={kind} size={28} />
      <div className={styles.text}>
        <p className={styles.sentence}>
          <strong className={styles[kind]}>{word}:</strong> {sentence}
        </p>
        {kind !== 'reported' && <Why />}
        {next !== undefined && <p className={styles.next}>{next}</p>}
        <div className={styles.trust}>
          <span className={styles.reporter}>
            Reported by {status.node}
            {kind === 'reported' && (
              <>
                {' · '}
                <Link to="/consensus">consensus in detail</Link>
              </>
            )}
          </span>
          <NewestCertificate fallback={<Status kind="unknown">Newest certificate not checked yet</Status>} />
        </div>
      </div>
    </section>
  );
}

/** Blocks are pushed faster than the status is asked. */
function withNewest(status: StatusJson, newest: BlockSummaryJson | undefined): StatusJson {
  if (newest === undefined || newest.height <= status.certifiedHeight) return status;
  return { ...status, certifiedHeight: newest.height, time: newest.header.time };
}
