import type { DiagnosisJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import { Status } from '../../../components/Status.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatDuration } from '../../../lib/format.ts';
import { type QuorumMember, quorumMembers } from '../quorum-members.ts';
import styles from './QuorumStrip.module.css';

/** Who can be reached, against the mark that a quorum has to reach. */
export function QuorumStrip({ diagnosis }: { diagnosis: DiagnosisJson }) {
  const { n, f, q, reachable } = diagnosis.quorum;
  const isEnough = reachable >= q;
  return (
    <Card
      title={`Quorum ${reachable} of ${n}, needs ${q}`}
      aside={
        <Status kind={isEnough ? 'reported' : 'failed'}>
          {isEnough ? spareWords(reachable - q) : `${q - reachable} too few`}
        </Status>
      }
    >
      <ol className={styles.strip} aria-label={`${n} validators, of which ${f} may fail`}>
        {quorumMembers(diagnosis).map((member, index) => (
          <Member key={member.validator} member={member} isMark={index + 1 === q} />
        ))}
      </ol>
    </Card>
  );
}

const spareWords = (spare: number): string => (spare === 0 ? 'None to spare' : `${spare} to spare`);

function Member({
  member: { validator, isReachable, reason, silentMs },
  isMark,
}: {
  member: QuorumMember;
  isMark: boolean;
}) {
  const heard = silentMs === undefined ? '' : `, last heard ${formatDuration(silentMs)} ago`;
  return (
    <li className={cx(styles.member, isMark && styles.mark)} data-reachable={isReachable}>
      <span className={styles.bar} aria-hidden="true" />
      <Status kind={isReachable ? 'reported' : 'offline'}>{validator}</Status>
      <span className={styles.reason}>{isReachable ? 'Reachable' : `${reason}${heard}`}</span>
    </li>
  );
}
