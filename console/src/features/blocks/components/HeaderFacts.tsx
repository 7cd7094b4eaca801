import type { BlockSummaryJson } from '../../../../../shared/api.ts';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';

/** What the header of a block says, and who sealed it. */
export function HeaderFacts({
  block: { header, hash, certificate, transactionCount, failedCount },
}: {
  block: BlockSummaryJson;
}) {
  return (
    <Facts>
      <Fact name="Hash">
        <Hash value={hash} name="block hash" />
      </Fact>
      <Fact name="Block time">
        <Time value={header.time} />
      </Fact>
      <Fact name="Transactions">
        {formatCount(transactionCount)}
        {failedCount > 0 && `, ${formatCount(failedCount)} failed`}
      </Fact>
      <Fact name="Epoch">{header.epoch}</Fact>
      <Fact name="Proposer">{header.proposer || 'none'}</Fact>
      <Fact name="Seals">
        {certificate === null
          ? 'none: the genesis block is what everyone pins'
          : certificate.seals.map(({ validator }) => validator).join(', ')}
      </Fact>
      <Fact name="Parent">
        {header.height === 0 ? (
          'none'
        ) : (
          <Hash value={header.parent} name="parent hash" to={`/blocks/${header.parent}`} />
        )}
      </Fact>
      <Fact name="Batch">
        <Hash value={header.batch} name="batch digest" />
      </Fact>
      <Fact name="Transactions root">
        <Hash value={header.transactions} name="transactions root" />
      </Fact>
      <Fact name="Outcomes root">
        <Hash value={header.outcomes} name="outcomes root" />
      </Fact>
      <Fact name="State root">
        <Hash value={header.state} name="state root" />
      </Fact>
      <Fact name="History root">
        <Hash value={header.history} name="history root" />
      </Fact>
      <Fact name="Validator set">
        <Hash value={header.validators} name="validator set digest" />
      </Fact>
    </Facts>
  );
}
