import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ActivationJson, ProposalJson } from '../../../../../../shared/api.ts';
import { Card } from '../../../../components/Card.tsx';
import { Hash } from '../../../../components/Hash.tsx';
import { Status, type StatusKind } from '../../../../components/Status.tsx';
import { formatCount } from '../../../../lib/format.ts';
import { newSealQuery } from '../api/seal.ts';
import styles from '../RotatePage.module.css';
import { type Rotation, type Stage, stages } from '../rotation-state.ts';

export interface StagesProps {
  readonly validator: string;
  readonly rotation: Rotation;
  readonly activation: ActivationJson | undefined;
  readonly proposal: ProposalJson | undefined;
  /** Whether the node that answers is the validator's own, and says what it does with its files. */
  readonly isOwnNode: boolean;
}

const titles: { readonly [stage in Stage]: string } = {
  created: 'Created',
  approved: 'Approved',
  armed: 'Armed',
  scheduled: 'Scheduled',
  switched: 'Switched',
  erased: 'Old key erased',
};

/** Six stages, each with what is behind it or what it waits for. */
export function Stages(props: StagesProps) {
  const { rotation } = props;
  const reached = rotation.reached === undefined ? -1 : stages.indexOf(rotation.reached);
  return (
    <Card title="Stages" aside={<Outcome rotation={rotation} />}>
      <ol className={styles.stages} aria-label="Stages of the rotation">
        {stages.map((stage, at) => {
          const isNext = rotation.isUnderWay && at === reached + 1;
          return (
            <li
              key={stage}
              className={styles.stage}
              data-stage={stage}
              data-reached={at <= reached}
              {...(isNext ? { 'aria-current': 'step' as const } : {})}
            >
              <Status kind={kindOf(at <= reached, isNext)}>{titles[stage]}</Status>
              <div className={styles.text}>
                <StageText {...props} stage={stage} isReached={at <= reached} isNext={isNext} />
              </div>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

function kindOf(isReached: boolean, isNext: boolean): StatusKind {
  if (isReached) return 'reported';
  return isNext ? 'pending' : 'unknown';
}

function Outcome({ rotation: { ended, reached, isUnderWay } }: { rotation: Rotation }) {
  if (ended === 'withdrawn') return <Status kind="offline">Withdrawn: the old key goes on</Status>;
  if (ended === 'lapsed') return <Status kind="failed">Lapsed: the old key goes on</Status>;
  if (isUnderWay) return <Status kind="pending">Under way</Status>;
  if (reached === 'switched' || reached === 'erased') return <Status kind="reported">Done</Status>;
  return <Status kind="unknown">Not begun</Status>;
}

interface StageTextProps extends StagesProps {
  readonly stage: Stage;
  readonly isReached: boolean;
  readonly isNext: boolean;
}

function StageText({ stage, ...props }: StageTextProps): ReactNode {
  const { validator, rotation, activation, proposal, isReached, isNext, isOwnNode } = props;
  const own = activation?.changes.some(
    (change) => change.kind === 'consensus-key' && change.key === rotation.key,
  )
    ? activation
    : undefined;
  switch (stage) {
    case 'created':
      return rotation.key === undefined ? (
        <span className={styles.muted}>
          The node makes it, or a browser does and hands it over; the node keeps it encrypted beside the old
          one.
        </span>
      ) : (
        <Hash value={rotation.key} name={`new key of ${validator}`} />
      );
    case 'approved':
      return <Approval own={own} proposal={proposal} isReached={isReached} isNext={isNext} />;
    case 'armed':
      if (isReached)
        return own?.armedAt === undefined ? (
          <span>The node said that it has loaded the new key.</span>
        ) : (
          <span>
            The node said that it has loaded the new key; block <HeightLink height={own.armedAt} /> armed it.
          </span>
        );
      return isNext ? (
        <span>
          {validator}’s node says that it has loaded the new key, by itself, while it runs and is not behind.
        </span>
      ) : null;
    case 'scheduled':
      return <Countdown own={own} isReached={isReached} />;
    case 'switched':
      return <Switched {...props} own={own} />;
    case 'erased':
      if (isReached) return <span>The node says that no file of the old key is left.</span>;
      if (!isOwnNode) return <span className={styles.muted}>Only {validator}’s own node can say that.</span>;
      return isNext ? (
        <span>
          The node erases it once block {own?.at}, the first of the new epoch, is certified. In an idle
          network the next transaction brings that block.
        </span>
      ) : null;
  }
}

const HeightLink = ({ height }: { height: number }) => (
  <Link to={`/blocks/${height}`}>{formatCount(height)}</Link>
);

interface OfActivation {
  readonly own: ActivationJson | undefined;
  readonly isReached: boolean;
}

function Approval({
  own,
  proposal,
  isReached,
  isNext,
}: OfActivation & { proposal: ProposalJson | undefined; isNext: boolean }) {
  if (isReached && own !== undefined) {
    return (
      <span>
        {'proposal' in own.cause ? (
          <>
            by the ballots of{' '}
            <Link to={`/proposals/${own.cause.proposal}`}>proposal {own.cause.proposal}</Link>
          </>
        ) : (
          'by the old key'
        )}
        , in block <HeightLink height={own.approvedAt} />
      </span>
    );
  }
  if (proposal === undefined)
    return <span className={styles.muted}>By the old key, or by ballots if it is lost or suspected.</span>;
  const { number, approvals, needed = 0, missing = [] } = proposal;
  return (
    <span data-approvals={approvals}>
      <Link to={`/proposals/${number}`}>Proposal {number}</Link> has {approvals} of {needed} approvals.
      {isNext && missing.length > 0 && ` No ballot yet of ${missing.join(', ')}.`}
    </span>
  );
}

function Countdown({ own, isReached }: OfActivation) {
  if (!isReached || own?.at === undefined) return null;
  const { at, blocksLeft } = own;
  return blocksLeft === undefined ? (
    <span>for block {formatCount(at)}</span>
  ) : (
    <span>
      <strong data-blocks-left={blocksLeft}>{formatCount(blocksLeft)}</strong>{' '}
      {blocksLeft === 1 ? 'block' : 'blocks'} left until block {formatCount(at)}, the first that the new key
      signs
    </span>
  );
}

/** Done for everybody when a certificate carries the new key's seal, which this browser checks. */
function Switched({ validator, rotation: { key = '' }, isReached, isNext, own }: SwitchedProps) {
  const seal = useQuery({ ...newSealQuery(validator, key), enabled: isReached && key !== '' });
  if (!isReached)
    return isNext ? <span>By itself, at that block. It can be withdrawn until then.</span> : null;
  return (
    <>
      {own?.at !== undefined && <span>The new key signs from block {formatCount(own.at)} on.</span>}
      {seal.data?.kind === 'verified' && (
        <Status kind="verified">
          Verified in this browser: block {formatCount(seal.data.height)} carries a seal by the new key
        </Status>
      )}
      {seal.data?.kind === 'failed' && (
        <Status kind="failed">
          Block {formatCount(seal.data.height)}: {seal.data.why}
        </Status>
      )}
      {(seal.data === undefined || seal.data.kind === 'none') && (
        <Status kind="pending">No certificate with a seal by the new key yet</Status>
      )}
    </>
  );
}

type SwitchedProps = Omit<StageTextProps, 'stage'> & OfActivation;
