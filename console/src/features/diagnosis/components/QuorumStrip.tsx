import type { DiagnosisJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import { Status } from '../../../components/Status.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatDuration } from '../../../lib/format.ts';
import { type QuorumMember, quorumCount, quorumMembers } from '../quorum-members.ts';
import styles from './QuorumStrip.module.css';

/** Who can be reached and votes, against the mark that a quorum has to reach. */
export function QuorumStrip({ diagnosis }: { diagnosis: DiagnosisJson }) {
  const { n, f, q } = diagnosis.quorum;
  const there = quorumCount(diagnosis.quorum);
  const isEnough = there >= q;
  return (
    <Card
      title={`Quorum ${there} of ${n}, needs ${q}`}
      aside={
        <Status kind={isEnough ? 'reported' : 'failed'}>
          {isEnough ? spareWords(there - q) : `${q - there} too few`}
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
  member: { validator, isReachable, isMute, reason, silentMs },
  isMark,
}: {
  member: QuorumMember;
  isMark: boolean;
}) {
  const heard = silentMs === undefined ? '' : `, last heard ${formatDuration(silentMs)} ago`;
  return (
    <li className={cx(styles.member, isMark && styles.mark)} data-reachable={isReachable} data-mute={isMute}>
      <span className={styles.bar} aria-hidden="true" />
      <Status kind={isMute ? 'pending' : isReachable ? 'reported' : 'offline'}>{validator}</Status>
      <span className={styles.reason}>
        {isMute ? 'Reachable, does not vote' : isReachable ? 'Reachable' : `${reason}${heard}`}
      </span>
    </li>
  );
}
