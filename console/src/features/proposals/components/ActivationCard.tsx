import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import type { ActivationJson } from '../../../../../shared/api.ts';
import { Answer } from '../../../components/Answer.tsx';
import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import type { Column } from '../../../components/DataTable.tsx';
import { Fact, Facts } from '../../../components/Facts.tsx';
import { PlainTable } from '../../../components/PlainTable.tsx';
import { Status } from '../../../components/Status.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { formatCount, plural } from '../../../lib/format.ts';
import { activationQuery } from '../api/proposals.ts';
import { activationRefusal } from '../may.ts';
import styles from '../Proposals.module.css';
import { useHolder } from '../useHolder.ts';
import { activationStatus, changeInWords } from '../words.ts';
import { Until } from './Until.tsx';
import type { Signing } from './useSigning.tsx';

/** A change of the epoch on its way: what it waits for, and how many blocks are left. */
export function ActivationCard({ number, signing }: { number: number; signing: Signing }) {
  const activation = useQuery(activationQuery(number));
  return (
    <Card title={`Activation ${number}`}>
      <Answer query={activation} label="activation" lines={5}>
        {(data) => <ActivationDetails activation={data} signing={signing} />}
      </Answer>
    </Card>
  );
}

interface ActivationDetailsProps {
  readonly activation: ActivationJson;
  readonly signing: Signing;
  /** Keys are opened on this page. */
  readonly isKeyHere?: boolean;
}

/** Of the activation that the page has already, so that two parts of it never differ. */
export const ActivationDetails = ({ activation, signing, isKeyHere = false }: ActivationDetailsProps) => (
  <div className={styles.stack}>
    <Countdown activation={activation} />
    <ActivationFacts activation={activation} />
    <WaitsFor activation={activation} />
    <Withdraw activation={activation} signing={signing} isKeyHere={isKeyHere} />
  </div>
);

function Countdown({ activation: { status, blocksLeft, at } }: { activation: ActivationJson }) {
  const { kind, word } = activationStatus[status];
  return (
    <div data-activation={status}>
      <Status kind={kind}>{word}</Status>
      {blocksLeft !== undefined && (
        <p>
          <span className={styles.figure} data-figure="blocks-left">
            {formatCount(blocksLeft)}
          </span>{' '}
          {blocksLeft === 1 ? 'block' : 'blocks'} left until block {formatCount(at ?? 0)}, the first of the
          next epoch
        </p>
      )}
    </div>
  );
}

function ActivationFacts({ activation }: { activation: ActivationJson }) {
  const { status, changes, cause, approvedAt, deadline, armedAt, at, end, readyNeeded } = activation;
  return (
    <Facts>
      <Fact name="Changes">{changes.map(changeInWords).join('; ')}</Fact>
      <Fact name="Approved">
        by {'proposal' in cause ? `proposal ${cause.proposal}` : `validator ${cause.validator}`} in block{' '}
        <Link to={`/blocks/${approvedAt}`}>{formatCount(approvedAt)}</Link>
      </Fact>
      {status === 'approved' && (
        <Fact name="Lapses">
          <Until value={deadline} />, unless it is armed before
        </Fact>
      )}
      {armedAt !== undefined && <Fact name="Armed">in block {formatCount(armedAt)}</Fact>}
      {status === 'active' && at !== undefined && <Fact name="First block">{formatCount(at)}</Fact>}
      {readyNeeded !== undefined && <Fact name="Must be ready">{plural(readyNeeded, 'validator')}</Fact>}
      {end !== undefined && status !== 'active' && (
        <Fact name="Ended">
          in block {formatCount(end.height)}: {end.reason}
          {end.by !== undefined && `, by ${end.by}`}
        </Fact>
      )}
    </Facts>
  );
}

type Readiness = NonNullable<ActivationJson['waitsFor']>[number];

function WaitsFor({ activation: { status, waitsFor = [] } }: { activation: ActivationJson }) {
  if (status !== 'approved' || waitsFor.length === 0) return null;
  return (
    <PlainTable
      caption="What it waits for"
      columns={readinessColumns}
      rows={waitsFor}
      rowKey={({ validator }) => validator}
    />
  );
}

const readinessColumns: readonly Column<Readiness>[] = [
  { header: 'Validator', cell: ({ validator }) => validator },
  {
    header: 'Ready',
    cell: ({ ready }) =>
      ready === undefined ? (
        <Status kind="pending">Not yet</Status>
      ) : (
        <Status kind="reported">At height {formatCount(ready.height)}</Status>
      ),
  },
  {
    header: 'Attested',
    cell: ({ attestedBy, attestationsNeeded }) =>
      attestationsNeeded === 0 ? 'not needed' : `${attestedBy.length} of ${attestationsNeeded}`,
  },
];

function Withdraw({ activation, signing, isKeyHere }: Required<ActivationDetailsProps>) {
  const holder = useHolder();
  const [reason, setReason] = useState('');
  if (activation.status !== 'approved' && activation.status !== 'scheduled') return null;
  const refusal = activationRefusal(holder, activation);
  const text = reason.trim().normalize('NFC');
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        signing.review('activation.withdraw', { activation: activation.number, reason: text });
      }}
    >
      <TextField label="Reason to withdraw it" value={reason} onChange={setReason} />
      <div className={styles.row}>
        <Button type="submit" isDisabled={refusal !== undefined || text === ''}>
          Withdraw the activation
        </Button>
        <span className={styles.muted}>
          {holder === undefined && !isKeyHere ? (
            <>
              <Link to="/submit">Open the key of an admin</Link> first.
            </>
          ) : (
            refusal
          )}
        </span>
      </div>
    </form>
  );
}
