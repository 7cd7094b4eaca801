import type { DiagnosisJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { Status, type StatusKind } from '../../../components/Status.tsx';
import { Tag } from '../../../components/Tag.tsx';
import { formatCount, formatDuration } from '../../../lib/format.ts';
import { type Cell, cellOf, columnNames, messageKinds, tallyOf, waitsFor } from '../messages.ts';
import styles from './MessageTable.module.css';

/** Per validator: which messages for the next height this node holds, and which it lacks. */
export function MessageTable({ diagnosis }: { diagnosis: DiagnosisJson }) {
  const { current, node } = diagnosis;
  const { sequence, ageMs, ballots } = current;
  return (
    <Card
      title={`Messages for height ${formatCount(sequence)}`}
      flush
      aside={
        <span className={styles.meta}>
          as {node} holds them{ageMs !== undefined && `, since ${formatDuration(ageMs)}`}
        </span>
      }
    >
      {ballots.length === 0 ? (
        <EmptyState
          title="No messages yet"
          why={`${node} is still reading its disk and takes no part in consensus.`}
        />
      ) : (
        <>
          <p className={styles.waits}>{waitsFor(diagnosis)}</p>
          <Table diagnosis={diagnosis} />
        </>
      )}
    </Card>
  );
}

function Table({ diagnosis }: { diagnosis: DiagnosisJson }) {
  const { current, primary } = diagnosis;
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Validator</th>
          {messageKinds.map((kind) => (
            <th key={kind} scope="col">
              {columnNames[kind]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {current.ballots.map((ballot) => (
          <tr key={ballot.validator} data-ballot={ballot.validator}>
            <th scope="row">
              {ballot.validator} {ballot.validator === primary && <Tag>primary</Tag>}
            </th>
            {messageKinds.map((kind) => {
              const cell = cellOf(ballot, kind, current);
              return (
                <td key={kind} data-message={kind} data-held={cell.held}>
                  <ColumnName name={columnNames[kind]} />
                  <CellStatus cell={cell} />
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Here, of needed</th>
          {messageKinds.map((kind) => {
            const { held, needed } = tallyOf(diagnosis, kind);
            return (
              <td key={kind}>
                <ColumnName name={columnNames[kind]} />
                {held} of {needed}
              </td>
            );
          })}
        </tr>
      </tfoot>
    </table>
  );
}

/** In a narrow window the head of the table is out of sight, and every cell names its column. */
function ColumnName({ name }: { name: string }) {
  return (
    <span className={styles.column} aria-hidden="true">
      {name}
    </span>
  );
}

const kinds: { readonly [held in Cell['held']]: StatusKind | undefined } = {
  held: 'reported',
  missing: 'failed',
  other: 'info',
  'not-due': undefined,
};

function CellStatus({ cell: { held, word } }: { cell: Cell }) {
  const kind = kinds[held];
  if (kind !== undefined) return <Status kind={kind}>{word}</Status>;
  return (
    <span className={styles.notDue}>
      <span aria-hidden="true">–</span>
      <span className="visually-hidden">{word}</span>
    </span>
  );
}
