import { Link } from 'react-router';
import type { DecodedActionJson, PlanJson } from '../../../../../shared/api.ts';
import type { Column } from '../../../components/DataTable.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { JsonView } from '../../../components/JsonView.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { cx } from '../../../lib/cx.ts';
import { type Difference, differences, type FactValue, type NamedFact } from '../differences.ts';
import styles from '../Proposals.module.css';

/** Each action with what it is about, before and after; `plan` of one that waits. */
export function Changes({
  actions,
  plan,
}: {
  actions: readonly DecodedActionJson[];
  plan?: PlanJson | undefined;
}) {
  return actions.map((action, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an action is its position
    <section key={index} className={styles.action} aria-label={`Action ${index + 1}`}>
      <h3 className={styles.heading}>
        {index + 1}. <code>{action.kind}</code>: {action.subject}
      </h3>
      <BeforeAfter action={action} index={index} plan={plan} />
      {plan !== undefined && (
        <details className={styles.raw}>
          <summary>Arguments</summary>
          <JsonView value={action.args} />
        </details>
      )}
    </section>
  ));
}

interface BeforeAfterProps {
  readonly action: DecodedActionJson;
  readonly index: number;
  readonly plan: PlanJson | undefined;
}

function BeforeAfter({ action: { subject, before, after, args }, index, plan }: BeforeAfterProps) {
  if (plan === undefined) return <JsonView value={args} />;
  const refusedAt = plan.refusal?.index;
  if (refusedAt !== undefined && index >= refusedAt) {
    return (
      <p className={styles.muted}>
        {index === refusedAt ? 'Refused as things are.' : 'Not reached: the action before it is refused.'}
      </p>
    );
  }
  return (
    <PlainTable
      caption={`What changes of ${subject}`}
      columns={columns}
      rows={differences(before, after)}
      rowKey={({ name }) => name}
    />
  );
}

function Value({ value, row }: { value: FactValue | undefined; row: Difference }) {
  const look = cx(styles.value, !row.differs && styles.same);
  if (value === undefined || typeof value === 'string')
    return <span className={look}>{value === undefined ? 'nothing' : value === '' ? 'none' : value}</span>;
  if (value.length === 0) return <span className={look}>none</span>;
  return (
    <ul className={cx(look, styles.named)}>
      {value.map((one) => (
        <li key={one.name}>
          <Named fact={row.name} named={one} />
          {row.differs && one.differs && <span className="visually-hidden"> changes</span>}
        </li>
      ))}
    </ul>
  );
}

function Named({ fact, named: { name, text, differs } }: { fact: string; named: NamedFact }) {
  const look = cx(differs && styles.changed);
  if (fact !== 'admins') {
    return (
      <span className={look}>
        {name}: {text}
      </span>
    );
  }
  return (
    <>
      <Link className={look} to={`/identities/${encodeURIComponent(name)}`}>
        {name}
      </Link>{' '}
      <Hash value={text} name={`key of ${name}`} />
    </>
  );
}

const columns: readonly Column<Difference>[] = [
  {
    header: 'Fact',
    cell: ({ name, differs }) => (
      <span className={differs ? styles.changed : styles.same}>
        {name}
        {differs && <span className="visually-hidden"> changes</span>}
      </span>
    ),
  },
  { header: 'Now', cell: (row) => <Value value={row.before} row={row} /> },
  { header: 'After', cell: (row) => <Value value={row.after} row={row} /> },
];
