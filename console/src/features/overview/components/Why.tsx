import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { CauseJson } from '../../../../../shared/api.ts';
import { diagnosisQuery } from '../../diagnosis/api/diagnosis.ts';
import { listed } from '../../diagnosis/messages.ts';
import styles from './VerdictCard.module.css';

/** While the network does not commit: the cause as the node explains it, and the way to all the facts. */
export function Why() {
  const { data } = useQuery(diagnosisQuery);
  return (
    <p className={styles.why}>
      {data !== undefined && !data.commits && <>{causeText(data.causes[0])} </>}
      <Link to="/consensus">See why, and who has to act</Link>
    </p>
  );
}

/** The verdict above counts already who can be reached. */
function causeText(cause: CauseJson | undefined): string {
  if (cause?.code !== 'quorum-unreachable') return cause?.sentence ?? '';
  return `Missing: ${listed(cause.facts.missing.map(({ validator }) => validator))}.`;
}
