import { useQueries, useQuery } from '@tanstack/react-query';
import type { DiagnosisJson } from '../../../../../shared/api.ts';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { StatusIcon, type StatusKind } from '../../../components/Status.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatCount, formatWait } from '../../../lib/format.ts';
import { validatorsQuery } from '../../../lib/queries.ts';
import { useUsualWaitMs } from '../../metrics/useUsualWaitMs.ts';
import { answersHereQuery } from '../api/reach.ts';
import { cutInWords, missingIn } from '../reached.ts';
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
          {!commits && <Usually />}
          {next !== undefined && <Fact name="Next step">{next}</Fact>}
          <Fact name="Has to act">
            <Actors act={act} isHealthy={healthy} />
          </Fact>
          <Cut diagnosis={diagnosis} />
          <Fact name="Reported by">
            {node}, at height {formatCount(height)} in view {formatCount(view)} led by {primary}
          </Fact>
        </Facts>
      </div>
    </section>
  );
}

/** Beside how long there was no block: how long a transaction waited for one in the last hour. */
function Usually() {
  const usual = useUsualWaitMs();
  return usual === undefined ? null : <Fact name="Usually">a transaction takes {formatWait(usual)}</Fact>;
}

/** Who is missing to the node and answers here is not stopped: neither side of a cut can tell that by itself. */
function Cut({ diagnosis: { causes, node } }: { diagnosis: DiagnosisJson }) {
  const validators = useQuery(validatorsQuery).data?.validators ?? [];
  const missing = missingIn(causes);
  const asked = validators.filter(({ id, gateway }) => missing.includes(id) && gateway !== '');
  const answers = useQueries({ queries: asked.map(({ gateway }) => answersHereQuery(gateway)) });
  const answering = asked.filter((_, at) => answers[at]?.data === true).map(({ id }) => id);
  const words = cutInWords(node, answering);
  return words === undefined ? null : <Fact name="Seen from this browser">{words}</Fact>;
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
