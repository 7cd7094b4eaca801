import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import type { ProposalJson } from '../../../../shared/api.ts';
import { Answer } from '../../components/Answer.tsx';
import { Card } from '../../components/Card.tsx';
import { Fact, Facts } from '../../components/Facts.tsx';
import { Hash } from '../../components/Hash.tsx';
import { Page } from '../../components/Page.tsx';
import { Status, StatusIcon } from '../../components/Status.tsx';
import { Time } from '../../components/Time.tsx';
import { cx } from '../../lib/cx.ts';
import { formatCount } from '../../lib/format.ts';
import { validatorsQuery } from '../../lib/queries.ts';
import { activationsQuery, originQuery, proposalQuery, refreshGovernance } from './api/proposals.ts';
import { baseChange } from './base-change.ts';
import { ActivationCard } from './components/ActivationCard.tsx';
import { Ballots } from './components/Ballots.tsx';
import { Changes } from './components/Changes.tsx';
import { Decide } from './components/Decide.tsx';
import { PlanOutcome, Refusal } from './components/PlanOutcome.tsx';
import { RawBytes } from './components/RawBytes.tsx';
import { Until } from './components/Until.tsx';
import { SigningCards, useSigning } from './components/useSigning.tsx';
import styles from './Proposals.module.css';
import { proposalStatus } from './words.ts';

/** What would change, who agrees, and what the holder of an open key may do about it. */
export default function ProposalPage() {
  const { number = '' } = useParams();
  const proposal = useQuery(proposalQuery(number));
  return (
    <Page title={`Proposal ${number}`} lead={<span className={styles.reason}>{proposal.data?.reason}</span>}>
      <Answer query={proposal} label="proposal" lines={10}>
        {(data) => <Shown proposal={data} />}
      </Answer>
    </Page>
  );
}

function Shown({ proposal }: { proposal: ProposalJson }) {
  const signing = useSigning();
  const { actions, plan, refusal, end, status } = proposal;
  const waits = status === 'open' || status === 'accepted';
  return (
    <>
      {waits && <BaseWarning proposal={proposal} />}
      {status === 'accepted' && refusal !== undefined && (
        <Refusal refusal={refusal} title="Its deciding ballot could not carry it out" />
      )}
      <div className={styles.columns}>
        <div className={styles.column}>
          <Card title={waits ? 'What would change' : 'What was proposed'}>
            <Changes actions={actions} plan={plan} />
          </Card>
          {plan !== undefined && (
            <Card title="What would follow">
              <PlanOutcome plan={plan} />
            </Card>
          )}
          {end?.activation !== undefined && <ActivationCard number={end.activation} signing={signing} />}
          <Ballots proposal={proposal} />
          <RawBytes proposal={proposal} />
        </div>
        <div className={styles.column}>
          <Card title="Facts">
            <ProposalFacts proposal={proposal} />
          </Card>
          {waits && <Decide proposal={proposal} signing={signing} />}
          <SigningCards signing={signing} onCertified={refreshGovernance} />
        </div>
      </div>
    </>
  );
}

function BaseWarning({ proposal }: { proposal: ProposalJson }) {
  const epoch = useQuery(validatorsQuery).data?.epoch;
  const activations = useQuery(activationsQuery).data;
  if (epoch === undefined || activations === undefined) return null;
  const change = baseChange(proposal, { epoch, pending: activations.pending });
  if (change === undefined) return null;
  return (
    <p className={cx(styles.note, styles.warn)} role="status">
      <StatusIcon kind="info" />
      <span>
        <strong>What it was made on has changed:</strong> {change}. What is shown below is judged on what is
        there now; ballots cast before were not.
      </span>
    </p>
  );
}

function ProposalFacts({ proposal }: { proposal: ProposalJson }) {
  const { proposer, member, createdAt, expiresAt, basis, end, approvals, needed, status } = proposal;
  const { kind, word } = proposalStatus(proposal);
  const origin = useQuery(originQuery(proposal)).data;
  return (
    <Facts>
      <Fact name="Status">
        <Status kind={kind}>{word}</Status>
      </Fact>
      <Fact name="Approvals">{needed === undefined ? approvals : `${approvals} of ${needed}`}</Fact>
      <Fact name="Proposed by">
        <Link to={`/identities/${encodeURIComponent(proposer)}`}>{proposer}</Link> of {member}
      </Fact>
      <Fact name="Made">
        <Time value={createdAt} />
      </Fact>
      {typeof origin === 'string' && (
        <Fact name="Transaction">
          <Hash value={origin} name="transaction id" to={`/tx/${origin}`} />
        </Fact>
      )}
      <Fact name={status === 'expired' ? 'Expired' : 'Expires'}>
        <Until value={expiresAt} />
      </Fact>
      <Fact name="Made on">
        epoch {basis.epoch}
        {basis.pending !== undefined && `, activation ${basis.pending} on its way`}
      </Fact>
      {end !== undefined && (
        <Fact name="Ended">
          in block <Link to={`/blocks/${end.height}`}>{formatCount(end.height)}</Link> by {end.by},{' '}
          <Time value={end.time} />
        </Fact>
      )}
    </Facts>
  );
}
