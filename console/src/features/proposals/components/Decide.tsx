import { Link } from 'react-router';
import type { ProposalJson } from '../../../../../shared/api.ts';
import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { useStore } from '../../../lib/store.ts';
import { openedKey } from '../../submit/api/key-holder.ts';
import { KeyCard } from '../../submit/components/KeyCard.tsx';
import { type Refusals, refusalsOf } from '../may.ts';
import styles from '../Proposals.module.css';
import { useHolder } from '../useHolder.ts';
import type { Signing } from './useSigning.tsx';

/** What the holder of the open key can do with a proposal that waits; each is reviewed before it is signed. */
export function Decide({ proposal, signing }: { proposal: ProposalJson; signing: Signing }) {
  const holder = useHolder();
  const key = useStore(openedKey);
  const { number, status, ballots } = proposal;
  const refusals = refusalsOf(holder, proposal);
  const own = ballots.find(({ member }) => member === holder?.member);
  const args = { proposal: number };
  const vote = (approve: boolean) => signing.review('governance.vote', { ...args, approve });
  return (
    <>
      {key === undefined && <KeyCard />}
      <Card title="Decide">
        <div className={styles.stack}>
          {own !== undefined && (
            <p>
              Your member {own.approve ? 'approves' : 'rejects'}, by {own.identity}. A later ballot replaces
              it.
            </p>
          )}
          <div className={styles.row}>
            <Button
              look={signing.prepared === undefined ? 'primary' : 'secondary'}
              isDisabled={refusals.vote !== undefined}
              onPress={() => vote(true)}
            >
              Approve
            </Button>
            <Button isDisabled={refusals.vote !== undefined} onPress={() => vote(false)}>
              Reject
            </Button>
            <Button
              isDisabled={refusals.withdraw !== undefined}
              onPress={() => signing.review('governance.withdraw', args)}
            >
              Withdraw
            </Button>
            {status === 'accepted' && (
              <Button
                isDisabled={refusals.execute !== undefined}
                onPress={() => signing.review('governance.execute', args)}
              >
                Execute
              </Button>
            )}
          </div>
          <Reasons refusals={refusals} status={status} />
          {key !== undefined && (
            <p className={styles.muted}>
              Signs as {holder?.id ?? 'nobody known'}. <Link to="/submit">Change the key</Link>
            </p>
          )}
        </div>
      </Card>
    </>
  );
}

/** Each reason once, with what it keeps from. */
function Reasons({ refusals, status }: { refusals: Refusals; status: ProposalJson['status'] }) {
  const all: readonly (readonly [string, string | undefined])[] = [
    ['vote', refusals.vote],
    ['withdraw', refusals.withdraw],
    ...(status === 'accepted' ? ([['execute', refusals.execute]] as const) : []),
  ];
  const reasons = [...new Set(all.map(([, reason]) => reason))].filter((reason) => reason !== undefined);
  return reasons.map((reason) => {
    const closed = all.filter((one) => one[1] === reason).map(([name]) => name);
    return (
      <p key={reason} className={styles.muted}>
        {closed.length === all.length ? reason : `To ${closed.join(', ')}: ${reason}`}
      </p>
    );
  });
}
