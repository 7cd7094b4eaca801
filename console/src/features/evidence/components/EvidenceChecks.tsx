import type { UseQueryResult } from '@tanstack/react-query';
import type { EvidenceCheck, EvidenceVerification } from '../../../../../shared/protocol/verify-evidence.ts';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { Status } from '../../../components/Status.tsx';
import { checkTitles } from '../words.ts';
import styles from './EvidenceChecks.module.css';

type Checks = UseQueryResult<EvidenceVerification>;

/** Green is only what this browser checked itself. */
export function EvidenceVerdict({ query: { data, error } }: { query: Checks }) {
  if (data?.ok === true) return <Status kind="verified">Verified in this browser</Status>;
  if (data?.ok === false) return <Status kind="failed">Not proven</Status>;
  if (error !== null) return <Status kind="unknown">Not checked</Status>;
  return <Status kind="pending">Checking in this browser</Status>;
}

/** Four rows: whose key, which slot, both signatures. */
export function EvidenceChecks({ query: { data, error, refetch } }: { query: Checks }) {
  if (data === undefined)
    return error === null ? null : <ErrorPanel error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <ol className={styles.list} aria-label="Checks">
        {data.checks.map((check) => (
          <CheckRow key={check.id} check={check} />
        ))}
      </ol>
      {!data.ok && (
        <p className={styles.help} role="status">
          This is no evidence as it is shown here. Compare it with another node, and ask the operator of this
          one.
        </p>
      )}
    </>
  );
}

function CheckRow({ check: { id, ok, expected, actual } }: { check: EvidenceCheck }) {
  return (
    <li className={styles.row} data-evidence-check={id}>
      <span className={styles.title}>{checkTitles[id]}</span>
      <span className={styles.sentence}>{ok ? actual : `expected ${expected}, found ${actual}`}</span>
      <Status kind={ok ? 'verified' : 'failed'}>{ok ? 'Checked' : 'Failed'}</Status>
    </li>
  );
}
