import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { EvidenceRecordJson, SlotMessageJson } from '../../../../../shared/api.ts';
import { Card } from '../../../components/Card.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { Hash } from '../../../components/Hash.tsx';
import { Time } from '../../../components/Time.tsx';
import { formatCount } from '../../../lib/format.ts';
import { messageNames } from '../../../lib/message-names.ts';
import { pin } from '../../../lib/pin.ts';
import { validatorsQuery } from '../../../lib/queries.ts';
import { useStore } from '../../../lib/store.ts';
import { evidenceChecksQuery } from '../api/evidence.ts';
import { digestName, sentenceOf, signedDigest, slotWords } from '../words.ts';
import styles from './EvidenceCard.module.css';
import { EvidenceChecks, EvidenceVerdict } from './EvidenceChecks.tsx';

/** One record: what was signed twice, both messages side by side, and what this browser makes of them. */
export function EvidenceCard({ record }: { record: EvidenceRecordJson }) {
  const checks = useQuery(evidenceChecksQuery(record, useStore(pin)?.network ?? ''));
  const member =
    useQuery(validatorsQuery).data?.validators.find(({ id }) => id === record.validator)?.memberName ??
    record.member;
  return (
    <Card title={sentenceOf(record)} flush aside={<EvidenceVerdict query={checks} />}>
      <div className={styles.facts} data-evidence={record.number}>
        <Facts>
          <Fact name="Slot">{slotWords(record.first)}</Fact>
          <Fact name="Accused">
            {record.validator}
            {member !== undefined && <span className={styles.muted}>, of {member}</span>}
          </Fact>
          <Fact name="Consensus key">
            <Hash value={record.key} name="consensus key" />
          </Fact>
        </Facts>
        <Facts>
          <Fact name="Recorded">
            in block <Link to={`/blocks/${record.height}`}>{formatCount(record.height)}</Link>,{' '}
            <Time value={record.time} />
          </Fact>
          <Fact name="Reported by">{record.reporter}</Fact>
          <Fact name="Transaction">
            <Hash value={record.transaction} name="transaction id" to={`/tx/${record.transaction}`} />
          </Fact>
        </Facts>
      </div>
      <div className={styles.messages}>
        <Message title="First message" message={record.first} />
        <Message title="Second message" message={record.second} />
      </div>
      <EvidenceChecks query={checks} />
    </Card>
  );
}

function Message({ title, message }: { title: string; message: SlotMessageJson }) {
  return (
    <section className={styles.message} aria-label={title}>
      <h3 className={styles.heading}>
        {title} <span className={styles.muted}>{messageNames[message.kind]}</span>
      </h3>
      <Facts>
        <Fact name="Epoch">{message.epoch}</Fact>
        {message.kind === 'seal' ? (
          <Fact name="Height">{formatCount(message.height)}</Fact>
        ) : (
          <>
            <Fact name="View">{formatCount(message.view)}</Fact>
            <Fact name="Sequence">{formatCount(message.sequence)}</Fact>
          </>
        )}
        <Fact name={digestName(message)}>
          <span className={styles.differs}>
            <Hash value={signedDigest(message)} name={digestName(message).toLowerCase()} full />
          </span>
        </Fact>
        <Fact name="Signature">
          <Hash value={message.signature} name="signature" />
        </Fact>
      </Facts>
    </section>
  );
}
