import { Link } from 'react-router';
import type { CauseJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Status } from '../../../components/Status.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { type FactValue, factsOf } from '../cause-facts.ts';
import { severities } from '../severity.ts';
import styles from './Causes.module.css';

/** Every cause that the node names, most important first, with the facts that show it. */
export function Causes({ causes, node }: { causes: readonly CauseJson[]; node: string }) {
  return (
    <Card title="Causes" flush>
      {causes.length === 0 ? (
        <EmptyState
          title="No cause for concern"
          why={`${node} sees nothing that keeps the network from committing, or that leaves it with less to spare.`}
        />
      ) : (
        <ul>
          {causes.map((cause) => (
            <Cause key={`${cause.code} ${cause.act.join(' ')} ${cause.sentence}`} cause={cause} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Cause({ cause }: { cause: CauseJson }) {
  const { code, severity, sentence, next } = cause;
  const { kind, word } = severities[severity];
  return (
    <li className={styles.cause} data-cause={code}>
      <div className={styles.heading}>
        <Status kind={kind}>{word}</Status>
        <code className={styles.code}>{code}</code>
      </div>
      <p className={styles.sentence}>{sentence}</p>
      <p className={styles.next}>{next}</p>
      <Facts>
        {factsOf(cause).map(({ name, values }) => (
          <Fact key={name} name={name}>
            <ul>
              {values.map((value) => (
                <li key={value.value}>
                  <Value fact={value} name={name} />
                </li>
              ))}
            </ul>
          </Fact>
        ))}
      </Facts>
    </li>
  );
}

function Value({ fact, name }: { fact: FactValue; name: string }) {
  switch (fact.as) {
    case 'hash':
      return <Hash value={fact.value} name={name.toLowerCase()} />;
    case 'code':
      return <code>{fact.value}</code>;
    case 'time':
      return <Time value={fact.value} />;
    case 'height':
      return <Link to={`/blocks/${fact.value}`}>{formatCount(fact.value)}</Link>;
    case 'text':
      return fact.value;
  }
}
