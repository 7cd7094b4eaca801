import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { useStore } from '../../../lib/store.ts';
import { type Compared, keptOf, seenBlocks } from './kept-contradictions.ts';
import styles from './Nodes.module.css';
import { contradictions, dismissContradiction } from './watch.ts';

/** Both blocks of a contradiction, which stays whatever the nodes say since. */
export function KeptCard({ compared }: { compared: Compared }) {
  const kept = keptOf(useStore(contradictions), compared);
  if (kept === undefined) return null;
  const { height, seenAt } = kept;
  return (
    <Card title="What was seen">
      <div className={styles.column}>
        <Facts>
          {seenBlocks(kept).map(({ origin, node, block }) => (
            <Fact key={origin} name={`Block ${formatCount(height)} of ${node}`}>
              <Hash value={block} name={`block hash of ${node}`} />
            </Fact>
          ))}
          <Fact name="Seen">
            <Time value={seenAt} />
          </Fact>
        </Facts>
        <p>
          This browser verified two sealed blocks at height {formatCount(height)}. It keeps them, and compares
          no further, whatever the nodes answer since; once dismissed, they are forgotten and the nodes are
          compared anew.
        </p>
        <div>
          <Button onPress={() => dismissContradiction(compared)}>Dismiss</Button>
        </div>
      </div>
    </Card>
  );
}
