import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { Link, useParams } from 'react-router';
import type { ActivationJson, KeysPlanJson, ProposalJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { buttonClass } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { EmptyState } from '../../../components/EmptyState.tsx';
import { Page } from '../../../components/Page.tsx';
import { statusQuery, validatorsQuery } from '../../../lib/queries.ts';
import { refreshGovernance } from '../../proposals/api/proposals.ts';
import { ActivationDetails } from '../../proposals/components/ActivationCard.tsx';
import { Ballots } from '../../proposals/components/Ballots.tsx';
import { Decide } from '../../proposals/components/Decide.tsx';
import { type Signing, SigningCards, useSigning } from '../../proposals/components/useSigning.tsx';
import forms from '../../proposals/Proposals.module.css';
import { KeyCard } from '../../submit/components/KeyCard.tsx';
import { ownPlanQuery, rotationActivationQuery, rotationProposalQuery } from './api/rotation.ts';
import { BeginCard } from './components/BeginCard.tsx';
import { Stages } from './components/Stages.tsx';
import { keyIn, rotationOf } from './rotation-state.ts';

/** Another consensus key for a validator: from its making to the erasure of the old one. Any admin goes on where it stands. */
export default function RotatePage() {
  const { id = '' } = useParams();
  const activation = useQuery(rotationActivationQuery(id));
  return (
    <Page
      title={`Rotate the key of ${id}`}
      lead="The validator gets another key for its votes while it runs: no restart, no halt, and a way back until the block of the switch."
      actions={
        <Link className={buttonClass('secondary')} to="/keys?at=all">
          All keys
        </Link>
      }
    >
      <Answer query={activation} label="rotation" lines={10}>
        {(found) => <Shown key={id} validator={id} activation={found ?? undefined} />}
      </Answer>
    </Page>
  );
}

function Shown({ validator, activation }: { validator: string; activation: ActivationJson | undefined }) {
  const signing = useSigning();
  const plan = useQuery(ownPlanQuery).data ?? undefined;
  const proposal = useQuery(rotationProposalQuery(validator)).data ?? undefined;
  const own = plan?.node === validator ? plan : undefined;
  const rotation = rotationOf({ validator, plan: own, activation, proposal });
  const isOfActivation =
    activation !== undefined &&
    keyIn(activation.changes, validator) === rotation.key &&
    proposal === undefined;
  const mayGoOn = proposal === undefined && (own !== undefined || rotation.isUnderWay);
  const isDone = rotation.reached === 'erased';
  const onCertified = useCallback(() => refreshGovernance(), []);
  return (
    <div className={forms.columns}>
      <div className={forms.column}>
        <Stages
          validator={validator}
          rotation={rotation}
          activation={activation}
          proposal={proposal}
          isOwnNode={own !== undefined}
        />
        {isOfActivation && (
          <Card title={`Activation ${activation.number}`}>
            <ActivationDetails activation={activation} signing={signing} isKeyHere />
          </Card>
        )}
        {proposal !== undefined && <Ballots proposal={proposal} />}
      </div>
      <div className={forms.column}>
        <Turn
          validator={validator}
          plan={own}
          isUnderWay={rotation.isUnderWay}
          before={isDone ? rotation.key : undefined}
          proposal={proposal}
          signing={signing}
        />
        {mayGoOn && <KeyCard />}
        <SigningCards signing={signing} onCertified={onCertified} />
      </div>
    </div>
  );
}

interface TurnProps {
  readonly validator: string;
  readonly plan: KeysPlanJson | undefined;
  readonly isUnderWay: boolean;
  readonly before: string | undefined;
  readonly proposal: ProposalJson | undefined;
  readonly signing: Signing;
}

/** What the reader can do now. */
function Turn({ validator, plan, isUnderWay, before, proposal, signing }: TurnProps) {
  if (proposal !== undefined) return <Decide proposal={proposal} signing={signing} />;
  if (isUnderWay) return null;
  return plan === undefined ? (
    <Elsewhere validator={validator} />
  ) : (
    <BeginCard key={before ?? ''} validator={validator} plan={plan} before={before} signing={signing} />
  );
}

/** The key is made where it is used. */
function Elsewhere({ validator }: { validator: string }) {
  const status = useQuery(statusQuery).data;
  const found = useQuery(validatorsQuery).data?.validators.find(({ id }) => id === validator);
  if (status === undefined) return null;
  const isHere = status.node === validator;
  return (
    <Card title="Begin">
      {isHere ? (
        <EmptyState
          title="Not yours to begin"
          why={`Admins and operators of ${found?.member ?? 'its member'} rotate the keys of ${validator}.`}
        />
      ) : (
        <EmptyState
          title={`${validator}’s own node makes its key`}
          why={
            found === undefined ? (
              `${validator} is no validator of this epoch.`
            ) : (
              <>
                This page is served by {status.node}. Its admins begin at{' '}
                <a href={`${found.gateway}/keys/rotate/${validator}`}>{found.gateway}</a>.
              </>
            )
          }
        />
      )}
    </Card>
  );
}
