import type { ChainReport } from '../../../../../shared/protocol/chain-report.ts';
import { Card } from '../../../components/Card.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Status } from '../../../components/Status.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { checkTitles } from '../checks.ts';

/** What somebody says to have found. */
export function ReportContent({ report, signer }: { report: ChainReport; signer?: string }) {
  const { result, height, block, seals, gateway, startedAt, finishedAt, breaks = [], failure } = report;
  return (
    <Card title="What the report says">
      <Facts>
        <Fact name="Signed by">
          {signer === undefined ? (
            <Status kind="unknown">Nobody</Status>
          ) : (
            <Hash value={signer} name="signer's key" />
          )}
        </Fact>
        <Fact name="Result">
          {result === 'verified' && `Blocks 0 to ${formatCount(height)} verified`}
          {result === 'stopped' && `Blocks 0 to ${formatCount(height)} verified, then stopped`}
          {result === 'failed' && `Blocks 0 to ${formatCount(height)} verified, the next one failed`}
        </Fact>
        {failure !== undefined && (
          <Fact name="First failure">
            Block {formatCount(failure.height)}, {checkTitles[failure.check]}: {failure.reason}, expected{' '}
            <code>{failure.expected}</code>, found <code>{failure.actual}</code>
          </Fact>
        )}
        {breaks.map((one) => (
          <Fact key={one.digest} name="Break of the chain">
            Behind block {formatCount(one.height)}, certified up to {formatCount(one.base)}: no quorum leads
            on there. Recovery <Hash value={one.digest} name="recovery" />
          </Fact>
        ))}
        <Fact name="Last block that holds">
          <Hash value={block} name="block hash" />
        </Fact>
        <Fact name="Seals verified">{formatCount(seals)}</Fact>
        <Fact name="Served by">
          <code>{gateway}</code>
        </Fact>
        <Fact name="Began">
          <Time value={startedAt} />
        </Fact>
        <Fact name="Ended">
          <Time value={finishedAt} />
        </Fact>
      </Facts>
    </Card>
  );
}
