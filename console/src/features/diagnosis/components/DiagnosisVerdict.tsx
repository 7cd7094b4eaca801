import { useQuery } from '@tanstack/react-query';
import type { DiagnosisJson } from '../../../../../shared/api.ts';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { StatusIcon, type StatusKind } from '../../../components/Status.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatCount } from '../../../lib/format.ts';
import { validatorsQuery } from '../../../lib/queries.ts';
import styles from './DiagnosisVerdict.module.css';

/** The verdict in one sentence, what to do, and whose operators have to. */
export function DiagnosisVerdict({ diagnosis }: { diagnosis: DiagnosisJson }) {
  const { sentence, next, act, node, view, primary, height, commits, healthy } = diagnosis;
  const kind = kindOf(diagnosis);
  return (
    <section
      className={cx(styles.card, !healthy && styles[kind])}
      aria-label="Verdict"
      data-commits={commits}
    >
      <StatusIcon kind={kind} size={28} />
      <div className={styles.text}>
        <p className={styles.sentence}>{sentence}</p>
        <Facts>
          {next !== undefined && <Fact name="Next step">{next}</Fact>}
          <Fact name="Has to act">
            <Actors act={act} isHealthy={healthy} />
          </Fact>
          <Fact name="Reported by">
            {node}, at height {formatCount(height)} in view {formatCount(view)} led by {primary}
          </Fact>
        </Facts>
      </div>
    </section>
  );
}

const kindOf = ({ commits, healthy }: DiagnosisJson): StatusKind =>
  healthy ? 'reported' : commits ? 'pending' : 'failed';

function Actors({ act, isHealthy }: { act: readonly string[]; isHealthy: boolean }) {
  const { data } = useQuery(validatorsQuery);
  if (act.length === 0)
    return isHealthy ? 'nobody' : 'nobody in particular: it mends itself, or all members look';
  return (
    <ul>
      {act.map((validator) => {
        const member = data?.validators.find(({ id }) => id === validator)?.memberName;
        return (
          <li key={validator}>
            the operator of <strong>{validator}</strong>
            {member !== undefined && <span className={styles.muted}>, {member}</span>}
          </li>
        );
      })}
    </ul>
  );
}
