import { useMutation, useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { Link } from 'react-router';
import {
  type CertifiedTransactionJson,
  type GovernedActionJson,
  governedArgsOfJson,
  type PlanJson,
} from '../../../../shared/api.ts';
import { Button, buttonClass } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { ErrorPanel } from '../../components/ErrorPanel.tsx';
import { Page } from '../../components/Page.tsx';
import { SelectField } from '../../components/SelectField.tsx';
import { TextField } from '../../components/TextField.tsx';
import { announce } from '../../lib/announce.ts';
import { KeyCard } from '../submit/components/KeyCard.tsx';
import { dryRun, madeInQuery, refreshGovernance } from './api/proposals.ts';
import { ActionForm } from './components/ActionForm.tsx';
import { Changes } from './components/Changes.tsx';
import { PlanOutcome } from './components/PlanOutcome.tsx';
import { SigningCards, useSigning } from './components/useSigning.tsx';
import { adminRefusal } from './may.ts';
import styles from './Proposals.module.css';
import { useHolder } from './useHolder.ts';

const actionsMax = 16;
const hourMs = 3_600_000;
const lifetimes = [
  { value: '12', label: '12 hours' },
  { value: '72', label: '3 days' },
  { value: '168', label: '7 days' },
  { value: '720', label: '30 days' },
] as const;

/** Actions, a dry run of them, why, until when; then the review of the very bytes. */
export default function NewProposalPage() {
  const [actions, setActions] = useState<readonly GovernedActionJson[]>([]);
  const [record, setRecord] = useState<CertifiedTransactionJson | undefined>();
  const trial = useMutation({ mutationFn: dryRun, onSuccess: announcePlan });
  const signing = useSigning();
  const onCertified = useCallback((done: CertifiedTransactionJson) => {
    refreshGovernance();
    setRecord(done);
  }, []);
  const change = (next: readonly GovernedActionJson[]) => {
    setActions(next.slice(0, actionsMax));
    trial.reset();
  };
  return (
    <Page
      title="New proposal"
      lead="All of its actions are carried out, or none. It is your member’s ballot, too."
    >
      <div className={styles.columns}>
        <div className={styles.column}>
          <Card title="Add an action">
            <ActionForm onAdd={(added) => change([...actions, ...added])} />
          </Card>
          <Card title={`Actions (${actions.length} of ${actionsMax} at most)`}>
            <div className={styles.stack}>
              <ActionList actions={actions} onChange={change} />
              <div className={styles.row}>
                <Button
                  look={trial.data === undefined ? 'primary' : 'secondary'}
                  isDisabled={actions.length === 0 || trial.isPending}
                  onPress={() => trial.mutate(actions)}
                >
                  {trial.isPending ? 'Trying…' : 'Dry run'}
                </Button>
                <span className={styles.muted}>Shows what they would do. Nothing is changed.</span>
              </div>
            </div>
          </Card>
          {trial.error !== null && <ErrorPanel error={trial.error} />}
          {trial.data !== undefined && <Outcome plan={trial.data} />}
        </div>
        <div className={styles.column}>
          <KeyCard />
          <ProposeCard
            isTried={trial.data?.mayBeProposed === true}
            isReviewed={signing.prepared !== undefined}
            onReview={(reason, hours) => {
              setRecord(undefined);
              signing.review('governance.propose', {
                actions: actions.map(({ kind, args }) => ({ kind, args: governedArgsOfJson(args) })),
                reason,
                expiresAt: Date.now() + hours * hourMs,
              });
            }}
          />
          <SigningCards signing={signing} onCertified={onCertified} />
          {record !== undefined && <Made record={record} />}
        </div>
      </div>
    </Page>
  );
}

const announcePlan = ({ ok, refusal }: PlanJson): void =>
  announce(ok ? 'It would be carried out' : `It is refused: ${refusal?.headline ?? ''}`);

interface ActionListProps {
  readonly actions: readonly GovernedActionJson[];
  readonly onChange: (actions: readonly GovernedActionJson[]) => void;
}

function ActionList({ actions, onChange }: ActionListProps) {
  if (actions.length === 0) return <p className={styles.muted}>None yet.</p>;
  return (
    <ol className={styles.list} aria-label="Actions">
      {actions.map(({ kind, args }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an action is its position
        <li key={at} className={styles.item}>
          <code>
            {at + 1}. {kind} {JSON.stringify(args)}
          </code>
          <Button
            look="quiet"
            aria-label={`Remove action ${at + 1}`}
            onPress={() => onChange(actions.toSpliced(at, 1))}
          >
            Remove
          </Button>
        </li>
      ))}
    </ol>
  );
}

function Outcome({ plan }: { plan: PlanJson }) {
  return (
    <Card title="Dry run">
      <div className={styles.stack}>
        <PlanOutcome plan={plan} />
        <Changes actions={plan.actions} plan={plan} />
      </div>
    </Card>
  );
}

interface ProposeCardProps {
  readonly isTried: boolean;
  readonly isReviewed: boolean;
  readonly onReview: (reason: string, hours: number) => void;
}

function ProposeCard({ isTried, isReviewed, onReview }: ProposeCardProps) {
  const refusal = adminRefusal(useHolder());
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState<string>('168');
  const text = reason.trim().normalize('NFC');
  const missing =
    refusal ??
    (isTried ? undefined : 'A dry run of these actions must succeed first.') ??
    (text === '' ? 'Say why, for the other members and for ever.' : undefined);
  return (
    <Card title="Propose">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          onReview(text, Number(hours));
        }}
      >
        <TextField label="Reason" value={reason} onChange={setReason} rows={3} />
        <SelectField label="Waits for ballots" value={hours} options={lifetimes} onChange={setHours} />
        <div className={styles.row}>
          <Button
            type="submit"
            look={isTried && !isReviewed ? 'primary' : 'secondary'}
            isDisabled={missing !== undefined}
          >
            Review
          </Button>
          <span className={styles.muted}>{missing}</span>
        </div>
      </form>
    </Card>
  );
}

/** The way to the proposal, once it is on the ledger. */
function Made({ record: { outcome, sender = '', height } }: { record: CertifiedTransactionJson }) {
  const succeeded = outcome.status === 'succeeded';
  const { data } = useQuery({ ...madeInQuery(sender, height), enabled: succeeded });
  if (outcome.status === 'failed') {
    return (
      <p className={styles.note} role="alert">
        {outcome.headline ?? outcome.code} {outcome.next}
      </p>
    );
  }
  if (typeof data !== 'number') return null;
  return (
    <div>
      <Link className={buttonClass('secondary')} to={`/proposals/${data}`}>
        Open proposal {data}
      </Link>
    </div>
  );
}
