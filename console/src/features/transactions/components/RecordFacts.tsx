import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { CertifiedTransactionJson } from '../../../../../shared/api.ts';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { JsonView } from '../../../components/JsonView.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatBytes, formatCount } from '../../../lib/format.ts';
import { validatorsQuery } from '../../../lib/queries.ts';
import { OutcomeStatus } from './OutcomeStatus.tsx';

/** Validators act by their consensus keys, which are no identities. */
function Sender({ record: { sender, senderKey } }: { record: CertifiedTransactionJson }) {
  const validator = useQuery(validatorsQuery).data?.validators.find(
    ({ consensusKey }) => consensusKey === senderKey,
  );
  if (sender !== undefined) return <Link to={`/identities/${encodeURIComponent(sender)}`}>{sender}</Link>;
  if (validator === undefined) return 'unknown key';
  return <Link to={`/transactions?sender=${senderKey}`}>validator {validator.id}</Link>;
}

/** What the ledger says of a certified transaction, but for its arguments. */
export function RecordFacts({ record }: { record: CertifiedTransactionJson }) {
  return (
    <Facts>
      <Fact name="Outcome">
        <OutcomeStatus outcome={record.outcome} />
        {record.outcome.status === 'failed' && <JsonView value={record.outcome.facts} />}
      </Fact>
      <Fact name="Block">
        <Link to={`/blocks/${record.height}`}>{formatCount(record.height)}</Link>, reported place{' '}
        {formatCount(record.index)}
      </Fact>
      <Fact name="Block time">
        <Time value={record.time} />
      </Fact>
      <Fact name="Sender">
        <Sender record={record} />, name as reported
      </Fact>
      <Fact name="Sender's key">
        <Hash value={record.senderKey} name="sender's key" />
      </Fact>
      <Fact name="Nonce">
        <Hash value={record.nonce} name="nonce" />
      </Fact>
      <Fact name="Expires">
        <Time value={record.expiresAt} />
      </Fact>
      <Fact name="Size">{formatBytes(record.sizeBytes)}</Fact>
    </Facts>
  );
}
