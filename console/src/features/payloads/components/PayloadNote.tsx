import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { Link } from 'react-router';
import type { PayloadRecordJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { Button } from '../../../components/Button.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Status } from '../../../components/Status.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatBytes, formatCount, plural } from '../../../lib/format.ts';
import { payloadRecordQuery } from '../api/payloads.ts';
import type { EventPayload } from '../shown-payloads.ts';
import { GrantPayload } from './GrantPayload.tsx';
import styles from './Payloads.module.css';
import { ReadPayload } from './ReadPayload.tsx';

/** That an event has content beside it, for whom; all else on demand. */
export function PayloadNote({ payload }: { payload: EventPayload }) {
  const [isOpen, setOpen] = useState(false);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
    <div className={styles.payload} role="group" aria-label="Payload">
      <div className={styles.row}>
        <span>{titleOf(payload)}</span>
        <Button look="quiet" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
          {isOpen ? 'Close' : 'Look'}
        </Button>
      </div>
      {isOpen && <PayloadDetails digest={payload.digest} />}
    </div>
  );
}

const namedMax = 3;

function titleOf({ size, recipients, grantOf }: EventPayload): string {
  if (recipients.length === 0) return `Payload of ${formatBytes(size)}, for all who read the stream`;
  const named = recipients.slice(0, namedMax).join(', ');
  const more = recipients.length - namedMax;
  const readers = more > 0 ? `${named} and ${plural(more, 'other')}` : named;
  return `${grantOf === undefined ? 'Confidential' : 'Granted'} payload of ${formatBytes(size)} for ${readers}`;
}

function PayloadDetails({ digest }: { digest: string }) {
  const record = useQuery(payloadRecordQuery(digest));
  return (
    <Answer query={record} label="payload" lines={4}>
      {(data) => (
        <div className={styles.stack}>
          <RecordFacts record={data} />
          {data.erased === undefined && <ReadPayload payload={data} />}
          {data.erased === undefined && data.recipients.length > 0 && <GrantPayload record={data} />}
        </div>
      )}
    </Answer>
  );
}

function RecordFacts({ record }: { record: PayloadRecordJson }) {
  const { digest, size, recipients, erasable, grantOf, erased } = record;
  return (
    <Facts>
      {erased !== undefined && <Erased erased={erased} />}
      <Fact name="Digest">
        <Hash value={digest} name="payload digest" />
      </Fact>
      <Fact name="Size">{formatBytes(size)}</Fact>
      <Fact name="Readers">
        {recipients.length === 0
          ? 'Everybody who reads the stream'
          : recipients.map((id, at) => (
              <Fragment key={id}>
                {at > 0 && ', '}
                <Link to={`/identities/${encodeURIComponent(id)}`}>{id}</Link>
              </Fragment>
            ))}
      </Fact>
      <Fact name="Erasable">{erasable ? 'Yes, if the members decide so' : 'No'}</Fact>
      {grantOf !== undefined && (
        <Fact name="Granted from">
          <Hash value={grantOf} name="payload digest" />, as its grantor says
        </Fact>
      )}
    </Facts>
  );
}

function Erased({ erased }: { erased: NonNullable<PayloadRecordJson['erased']> }) {
  return (
    <>
      <Fact name="Status">
        <Status kind="info">Erased by the members</Status>
      </Fact>
      <Fact name="Erased">
        <Time value={erased.time} />, in block{' '}
        <Link to={`/blocks/${erased.height}`}>{formatCount(erased.height)}</Link>
      </Fact>
      <Fact name="Decided by">
        <Link to={`/proposals/${erased.proposal}`}>proposal {formatCount(erased.proposal)}</Link> of{' '}
        {erased.by}
      </Fact>
      <Fact name="Reason">{erased.reason}</Fact>
    </>
  );
}
