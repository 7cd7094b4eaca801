import { Card } from '../../../components/Card.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { RecordView } from '../../../components/RecordView.tsx';
import type { StatusKind } from '../../../components/Status.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatBytes, formatCount, shortenHash } from '../../../lib/format.ts';
import { checkTitles, firstFailure, type Proven, sentenceOf } from '../checks.ts';
import type { FileResult as Result } from '../useFileVerification.ts';
import styles from './ResultPanel.module.css';
import { ResultPanel } from './ResultPanel.tsx';

export function FileResult({ result }: { result: Exclude<Result, { kind: 'error' }> }) {
  const { kind, title, text } = headlineOf(result);
  const report = result.kind === 'report' ? result.report : undefined;
  return (
    <>
      <ResultPanel kind={kind} title={title} text={text} checks={report?.checks} />
      {report?.proven !== undefined && <ProvenRecord proven={report.proven} />}
    </>
  );
}

function headlineOf(result: Exclude<Result, { kind: 'error' }>): {
  kind: StatusKind;
  title: string;
  text: string;
} {
  if (result.kind === 'running') {
    return { kind: 'pending', title: 'Checking in this browser', text: result.name };
  }
  if (result.kind === 'unreadable') {
    return { kind: 'failed', title: `Nothing to verify in ${result.name}`, text: result.why };
  }
  const { name, form, bytes, report, network } = result;
  const what = `${form === 'pack' ? 'Proof pack' : 'Receipt'} ${name}, ${formatBytes(bytes)}`;
  const failure = firstFailure(report.checks);
  if (failure === undefined) {
    return {
      kind: 'verified',
      title: 'Verified in this browser',
      text: `${what}, against network ${shortenHash(network)}.`,
    };
  }
  return {
    kind: 'failed',
    title: `Not proven: “${checkTitles[failure.id]}” failed`,
    text: `${what}: ${sentenceOf(failure)}.`,
  };
}

/** The content comes from the verified bytes, not from any node. */
function ProvenRecord({ proven: { height, block, time, record } }: { proven: Proven }) {
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
                <Hash value={record.transaction} name="transaction id" to={`/tx/${record.transaction}`} />
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
