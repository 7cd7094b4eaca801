import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { buttonClass } from '../../../../components/Button.tsx';
import { formatCount } from '../../../../lib/format.ts';
import { statusQuery, validatorsQuery } from '../../../../lib/queries.ts';
import { chainTitles } from '../../checks.ts';
import { CheckList } from '../../components/CheckList.tsx';
import type { ChainFailure } from '../protocol.ts';
import styles from './Chain.module.css';

const chainChecks = ['decode', 'header', 'history', 'quorum'] as const;

/** The first block that does not hold, and what to do about it. */
export function ChainFailureView({ failure: { height, checks } }: { failure: ChainFailure }) {
  const { data: validators } = useQuery(validatorsQuery);
  const { data: status } = useQuery(statusQuery);
  const others =
    validators?.validators.filter(({ id, gateway }) => id !== status?.node && gateway !== '') ?? [];
  return (
    <div className={styles.failure}>
      <h2>Block {formatCount(height)}, the first that does not hold</h2>
      <CheckList checks={checks} ids={chainChecks} titles={chainTitles} running={false} />
      <div className={styles.help}>
        <p className={styles.muted}>
          Everything below this block is verified; this block, as the node serves it, is not, and nothing
          above it was looked at. Either the answer was changed on its way, or the node is wrong: do not rely
          on it. Verify the same chain at another node. If it holds there, send the report to the other
          members.
        </p>
        <div className={styles.actions}>
          <Link to={`/blocks/${height}`} className={buttonClass('secondary')}>
            Open block {formatCount(height)}
          </Link>
          {others.slice(0, 3).map(({ id, gateway }) => (
            <a key={id} className={buttonClass('secondary')} href={`${gateway}/verify/chain`}>
              Verify at {id}
            </a>
          ))}
        </div>
      </div>
    </div>
  );
}
