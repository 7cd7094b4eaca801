import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { CauseJson } from '../../../../../shared/api.ts';
import { formatWait } from '../../../lib/format.ts';
import { diagnosisQuery } from '../../diagnosis/api/diagnosis.ts';
import { listed } from '../../diagnosis/messages.ts';
import { useUsualWaitMs } from '../../metrics/useUsualWaitMs.ts';
import styles from './VerdictCard.module.css';

/** While the network does not commit: the cause as the node explains it, how it usually is, and the way to all the facts. */
export function Why() {
  const { data } = useQuery(diagnosisQuery);
  const usual = useUsualWaitMs();
  return (
    <p className={styles.why}>
      {data !== undefined && !data.commits && <>{causeText(data.causes[0])} </>}
      {usual !== undefined && <>A transaction usually takes {formatWait(usual)}. </>}
      <Link to="/consensus">See why, and who has to act</Link>
    </p>
  );
}

/** The verdict above counts already who can be reached. */
function causeText(cause: CauseJson | undefined): string {
  if (cause?.code === 'quorum-not-voting') {
    const missing = cause.facts.missing.map(({ validator }) => `${validator} (out of reach)`);
    const mute = cause.facts.notVoting.map((validator) => `${validator} (does not vote)`);
    return `Missing: ${listed([...missing, ...mute])}.`;
  }
  if (cause?.code !== 'quorum-unreachable') return cause?.sentence ?? '';
  return `Missing: ${listed(cause.facts.missing.map(({ validator }) => validator))}.`;
}
