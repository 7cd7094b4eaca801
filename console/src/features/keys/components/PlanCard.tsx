import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { KeysPlanJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Time } from '../../../components/Time.tsx';
import { cx } from '../../../lib/cx.ts';
import { validatorsQuery } from '../../../lib/queries.ts';
import { sessionQuery } from '../../sign-in/api/session.ts';
import styles from '../KeysPage.module.css';
import { activationInWords, stepInWords } from '../plan-words.ts';
import { ownPlanQuery } from '../rotate/api/rotation.ts';

/** What the answering node plans for its keys: those who do not operate it are not told, and do not ask. */
export function PlanCard() {
  const enabled = useOperatesNode();
  const plan = useQuery({ ...ownPlanQuery, enabled }).data ?? undefined;
  return plan === undefined ? null : (
    <Card title={`Plan of ${plan.node}`}>
      <PlanFacts plan={plan} />
    </Card>
  );
}

function useOperatesNode(): boolean {
  const session = useQuery(sessionQuery).data;
  const validators = useQuery(validatorsQuery).data?.validators ?? [];
  if (session === undefined) return false;
  const { node, member, roles } = session;
  const isOwn = validators.some((one) => one.id === node && one.member === member);
  return isOwn && roles.some((role) => role === 'admin' || role === 'operator');
}

function PlanFacts({ plan }: { plan: KeysPlanJson }) {
  const { certificates, next, activation } = plan;
  return (
    <Facts>
      <Fact name="On its way">
        {activation === undefined ? (
          'no change of the epoch'
        ) : (
          <>
            {activationInWords(plan)}
            {activation.at === undefined && (
              <>
                ; it lapses <Time value={activation.deadline} /> unless it is armed
              </>
            )}
          </>
        )}
      </Fact>
      {certificates.map(({ name, expiresAt }) => (
        <Fact key={name} name={`Certificate: ${name}`}>
          ends <Time value={expiresAt} />
        </Fact>
      ))}
      <Fact name="Next">
        {next.length === 0 ? (
          'nothing is to be done'
        ) : (
          <ul className={cx(styles.steps)}>
            {next.map((step) => (
              <li key={`${step.who} ${step.what} ${step.key ?? step.subject ?? step.certificate ?? ''}`}>
                <strong>{step.who}</strong> {stepInWords(step)}
                {step.what === 'ask-for-key' && (
                  <>
                    {' '}
                    (<Link to={`/keys/rotate/${step.who}`}>open its rotation</Link>)
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
      </Fact>
    </Facts>
  );
}
