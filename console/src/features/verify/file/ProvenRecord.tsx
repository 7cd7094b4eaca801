import { Card } from '../../../components/Card.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { RecordView } from '../../../components/RecordView.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import type { Proven } from '../checks.ts';
import styles from '../components/ResultPanel.module.css';

export interface ProvenRecordProps {
  readonly proven: Proven;
  /** Whether a transaction has a page to go to. */
  readonly linked: boolean;
}

/** The content comes from the verified bytes, not from any node. */
export function ProvenRecord({ proven: { height, block, time, record }, linked }: ProvenRecordProps) {
  return (
    <div className={styles.columns}>
      {record !== undefined && (
        <Card title={record.action}>
          <RecordView value={record.args} />
        </Card>
      )}
      <Card title="What is proven">
        <Facts>
          {record !== undefined && (
            <>
              <Fact name="Transaction">
                <Hash
                  value={record.transaction}
                  name="transaction id"
                  {...(linked ? { to: `/tx/${record.transaction}` } : {})}
                />
              </Fact>
              <Fact name="Outcome">{record.outcome}</Fact>
              <Fact name="Sender's key">
                <Hash value={record.sender} name="sender's key" />
              </Fact>
            </>
          )}
          <Fact name="Block">
            {formatCount(height)} <Hash value={block} name="block hash" />
          </Fact>
          <Fact name="Block time">
            <Time value={time} />
          </Fact>
        </Facts>
      </Card>
    </div>
  );
}
