import type { PlanJson, PlanRefusalJson } from '../../../../../shared/api.ts';
import type { Column } from '../../../components/DataTable.tsx';
import { JsonView } from '../../../components/JsonView.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Status, StatusIcon } from '../../../components/Status.tsx';
import { cx } from '../../../lib/cx.ts';
import { formatCount, plural } from '../../../lib/format.ts';
import styles from '../Proposals.module.css';

/** Whether it could be carried out now, with the validators, faults and quorum that would follow. */
export function PlanOutcome({ plan }: { plan: PlanJson }) {
  const { ok, mayBeProposed, refusal, needed, members, reachable, after, height } = plan;
  return (
    <div className={styles.stack}>
      {ok && <Status kind="reported">As things are, it would be carried out</Status>}
      {refusal !== undefined && <Refusal refusal={refusal} title="As things are, all of it is refused" />}
      {!ok && mayBeProposed && (
        <p>Only a scheduled rotation is in the way: members may propose and decide it meanwhile.</p>
      )}
      <PlainTable
        caption="Validators, faults and quorum"
        columns={columns}
        rows={figuresOf(plan)}
        rowKey={({ name }) => name}
      />
      {reachable < after.q && (
        <p className={cx(styles.note, styles.warn)}>
          <StatusIcon kind="lagging" />
          <span>
            This node reaches {plural(reachable, 'validator')}, and the quorum would be {after.q}: nothing
            would commit until more of them are there.
          </span>
        </p>
      )}
      <p className={styles.muted}>
        Needs the approvals of {needed} of {plural(members, 'member')}. {reachable} validators reachable.
        Judged on block {formatCount(height)} by the rule that execution applies.
      </p>
    </div>
  );
}

export function Refusal({ refusal, title }: { refusal: PlanRefusalJson; title: string }) {
  const { index, kind, code, facts, headline, next } = refusal;
  return (
    <div className={cx(styles.note, styles.refused)} role="alert">
      <StatusIcon kind="failed" />
      <div className={styles.stack}>
        <p>
          <strong>{title}.</strong> Action {index + 1}, <code>{kind}</code>: {headline} <code>{code}</code>
        </p>
        {Object.keys(facts).length > 0 && <JsonView value={facts} />}
        <p className={styles.muted}>{next}</p>
      </div>
    </div>
  );
}

interface Figure {
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

const figuresOf = ({ before, after }: PlanJson): readonly Figure[] => [
  { name: 'Validators (n)', before: before.n, after: after.n },
  { name: 'May be faulty (f)', before: before.f, after: after.f },
  { name: 'Quorum (Q)', before: before.q, after: after.q },
];

const columns: readonly Column<Figure>[] = [
  { header: 'Of the epoch', cell: ({ name }) => name },
  { header: 'Now', align: 'end', cell: ({ before }) => before },
  {
    header: 'After',
    align: 'end',
    cell: ({ before, after }) => (before === after ? after : <strong>{after}</strong>),
  },
];
