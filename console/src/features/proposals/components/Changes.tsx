import type { DecodedActionJson, PlanJson } from '../../../../../shared/api.ts';
import type { Column } from '../../../components/DataTable.tsx';
import { JsonView } from '../../../components/JsonView.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import styles from '../Proposals.module.css';
import { type Difference, differences } from '../words.ts';

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

const Value = ({ text, row }: { text: string | undefined; row: Difference }) => (
  <span className={row.differs ? styles.value : `${styles.value} ${styles.same}`}>
    {text === undefined ? 'nothing' : text === '' ? 'none' : text}
  </span>
);

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
  { header: 'Now', cell: (row) => <Value text={row.before} row={row} /> },
  { header: 'After', cell: (row) => <Value text={row.after} row={row} /> },
];
