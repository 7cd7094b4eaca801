import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link } from 'react-router';
import type { CertifiedTransactionJson } from '../../../../../shared/api.ts';
import { Button, buttonClass } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { JsonView } from '../../../components/JsonView.tsx';
import { Status } from '../../../components/Status.tsx';
import { announce } from '../../../lib/announce.ts';
import { fateQuery, type Refused, submitEnvelope } from '../api/submission.ts';
import type { Signed } from '../key-protocol.ts';
import { stagesOf } from '../stages.ts';
import { useProofOf } from '../useProofOf.ts';
import { useShownInView } from '../useShownInView.ts';
import styles from './ProgressCard.module.css';

export interface ProgressCardProps {
  readonly signed: Signed;
  /** Called once; must not change from one drawing to the next. */
  readonly onCertified?: (record: CertifiedTransactionJson) => void;
}

/** Submits once, and follows the transaction until it is certified and verified here. */
export function ProgressCard({ signed, onCertified }: ProgressCardProps) {
  const submission = useMutation({ mutationFn: submitEnvelope });
  const { mutate } = submission;
  useEffect(() => mutate(signed), [mutate, signed]);
  const refused = submission.data?.status === 'refused' ? submission.data : undefined;
  const accepted = submission.data !== undefined && refused === undefined;
  const fate = useQuery({ ...fateQuery(signed.id), enabled: accepted });
  const record = fate.data?.status === 'certified' ? fate.data : undefined;
  const proof = useProofOf(record);
  const stages = stagesOf({ accepted, fate: fate.data, proof });
  useEffect(() => {
    if (record === undefined) return;
    announce('Certified');
    onCertified?.(record);
  }, [record, onCertified]);
  const top = useShownInView();
  return (
    <div ref={top}>
      <Card title="Progress" aside={<Hash value={signed.id} name="transaction id" to={`/tx/${signed.id}`} />}>
        {submission.error !== null && <ErrorPanel error={submission.error} onRetry={() => mutate(signed)} />}
        {refused !== undefined && <Refusal refused={refused} onRetry={() => mutate(signed)} />}
        {refused === undefined && submission.error === null && (
          <ol className={styles.stages} aria-label="Stages">
            {stages.map(({ name, kind, text }) => (
              <li key={name} className={styles.stage} data-stage={name.toLowerCase()} data-kind={kind}>
                <Status kind={kind}>{name}</Status>
                <span className={styles.muted}>{text}</span>
              </li>
            ))}
          </ol>
        )}
        {record !== undefined && (
          <div className={styles.next}>
            <Link className={buttonClass('secondary')} to={`/tx/${record.id}`}>
              Open the transaction
            </Link>
            <Link className={buttonClass('quiet')} to={`/blocks/${record.height}`}>
              Open block {record.height}
            </Link>
          </div>
        )}
      </Card>
    </div>
  );
}

function Refusal({ refused, onRetry }: { refused: Refused; onRetry: () => void }) {
  return (
    <div className={styles.refusal} role="alert">
      <Status kind="failed">Refused: {refused.code}</Status>
      <p>{refused.detail}</p>
      <p className={styles.muted}>{refused.next}</p>
      {Object.keys(refused.facts).length > 0 && <JsonView value={refused.facts} />}
      <div>
        <Button onPress={onRetry}>Send the same bytes again</Button>
      </div>
    </div>
  );
}
