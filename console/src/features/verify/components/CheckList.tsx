import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Check, type CheckId, checkIds } from '../../../../../shared/protocol/checks.ts';
import { MerklePath } from '../../../components/MerklePath.tsx';
import { Status, type StatusKind } from '../../../components/Status.tsx';
import { cx } from '../../../lib/cx.ts';
import { type CheckTitles, checkTitles, firstFailure, sentenceOf, wasReached } from '../checks.ts';
import styles from './CheckList.module.css';
import { DiffText } from './DiffText.tsx';

export interface CheckListProps {
  readonly checks: readonly Check[];
  readonly running: boolean;
  /** Those that this subject has, in their order; all six if absent. */
  readonly ids?: readonly CheckId[];
  /** What this subject calls them, where the usual names do not fit. */
  readonly titles?: CheckTitles;
}

/** Rows that tick; each opens to its inputs, what was expected, and what was computed. */
export function CheckList({ checks, running, ids = checkIds, titles = {} }: CheckListProps) {
  const failed = firstFailure(checks);
  return (
    <ol className={styles.list} aria-label="Checks">
      {ids.map((name, at) => {
        const result = checks.find((check) => check.id === name && wasReached(check));
        return (
          <li key={name} className={styles.item}>
            {result === undefined ? (
              <div className={styles.row}>
                <span className={styles.chevron} />
                <Title name={titles[name] ?? checkTitles[name]} number={at + 1} />
                <span className={styles.sentence} />
                <WaitingStatus running={running} blocked={failed !== undefined} />
              </div>
            ) : (
              <Done result={result} name={titles[name] ?? checkTitles[name]} number={at + 1} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

function Done({ result, name, number }: { result: Check; name: string; number: number }) {
  const kind: StatusKind = result.ok ? 'verified' : 'failed';
  return (
    <details className={cx(styles.details, styles[kind])} open={!result.ok} data-check={result.id}>
      <summary className={styles.row}>
        <ChevronRight className={styles.chevron} size={16} aria-hidden />
        <Title name={name} number={number} />
        <span className={styles.sentence}>{sentenceOf(result)}</span>
        <Status kind={kind}>{result.ok ? 'Checked' : 'Failed'}</Status>
      </summary>
      <Evidence result={result} />
    </details>
  );
}

function Title({ name, number }: { name: string; number: number }) {
  return (
    <span className={styles.title}>
      <span className={styles.number}>{number}</span>
      {name}
    </span>
  );
}

function WaitingStatus({ running, blocked }: { running: boolean; blocked: boolean }) {
  if (running) return <Status kind="pending">Checking</Status>;
  return <Status kind="unknown">{blocked ? 'Not reached' : 'Not checked'}</Status>;
}

function Evidence({
  result: { inputs = {}, expected = '', actual = '', paths = [], signers = [], ok },
}: {
  result: Check;
}) {
  return (
    <div className={styles.evidence}>
      <dl className={styles.values}>
        {Object.entries(inputs).map(([name, value]) => (
          <Value key={name} name={labelOf(name)}>
            <code>{value}</code>
          </Value>
        ))}
        {signers.map(({ validator, ok: valid }) => (
          <Value key={validator} name={`Seal of ${validator}`}>
            <Status kind={valid ? 'verified' : 'failed'}>{valid ? 'Valid' : 'Invalid'}</Status>
          </Value>
        ))}
        {(expected !== '' || actual !== '') && (
          <>
            <Value name="Expected">
              <Compared text={expected} other={actual} ok={ok} />
            </Value>
            {(actual !== '' || !ok) && (
              <Value name="Actual">
                <Compared text={actual} other={expected} ok={ok} />
              </Value>
            )}
          </>
        )}
      </dl>
      {paths.length > 0 && (
        <div className={styles.paths}>
          {paths.map((path) => (
            <MerklePath key={path.tree} path={path} />
          ))}
        </div>
      )}
    </div>
  );
}

/** Only a failure marks what differs: "at least 3" and "4" differ and are fine. */
function Compared({ text, other, ok }: { text: string; other: string; ok: boolean }) {
  return <DiffText text={text || 'nothing'} against={ok ? text || 'nothing' : other} />;
}

function Value({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** `transactionLeaf` → `Transaction leaf` */
function labelOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
