import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { KeysPlanJson, KeysRotateJson, TransactionStatusJson } from '../../../../../../shared/api.ts';
import { decode } from '../../../../../../shared/codec/dag-cbor.ts';
import { fromBase64Url } from '../../../../../../shared/codec/hex.ts';
import { rotationAheadMax } from '../../../../../../shared/types/epochs.ts';
import { Button } from '../../../../components/Button.tsx';
import { Card } from '../../../../components/Card.tsx';
import { ErrorPanel } from '../../../../components/ErrorPanel.tsx';
import { Segmented } from '../../../../components/Segmented.tsx';
import { Status, StatusIcon } from '../../../../components/Status.tsx';
import { TextField } from '../../../../components/TextField.tsx';
import { announce } from '../../../../lib/announce.ts';
import { cx } from '../../../../lib/cx.ts';
import { shortenHash } from '../../../../lib/format.ts';
import { statusQuery, validatorsQuery } from '../../../../lib/queries.ts';
import type { Signing } from '../../../proposals/components/useSigning.tsx';
import { adminRefusal } from '../../../proposals/may.ts';
import forms from '../../../proposals/Proposals.module.css';
import { useHolder } from '../../../proposals/useHolder.ts';
import { fateQuery } from '../../../submit/api/submission.ts';
import { rotateHere } from '../api/rotation.ts';
import { heightOf, heightProblem, preflightOf } from '../rotation-state.ts';

const ways = [
  { value: 'own', label: 'The old key' },
  { value: 'ballots', label: 'Ballots' },
] as const;
type Way = (typeof ways)[number]['value'];

const dayMs = 24 * 3_600_000;
/** Members have so long for their ballots. */
const openMs = 7 * dayMs;

export interface BeginCardProps {
  readonly validator: string;
  readonly plan: KeysPlanJson;
  /** The key that the last rotation brought: going back from it is another rotation. */
  readonly before: string | undefined;
  readonly signing: Signing;
}

/** What follows from it, what is in the way, and who decides; then the node makes the key. */
export function BeginCard({ validator, plan, before, signing }: BeginCardProps) {
  const validators = useQuery(validatorsQuery).data;
  const reachable = useQuery(statusQuery).data?.quorum.reachable;
  const [chosen, setWay] = useState<Way | undefined>();
  const [reason, setReason] = useState(before === undefined ? '' : `In place of ${shortenHash(before)}`);
  const [notBefore, setNotBefore] = useState('');
  const holder = useHolder();
  const start = useMutation({ mutationFn: rotateHere, onSuccess: announceStart });
  const asked = start.data?.transaction;
  const fate = useQuery({ ...fateQuery(asked ?? ''), enabled: asked !== undefined }).data;
  if (validators === undefined || reachable === undefined) return null;
  const { blocked, ownBlocked, warning } = preflightOf({ validator, plan, validators, reachable });
  const way = chosen ?? (ownBlocked === undefined ? 'own' : 'ballots');
  const text = reason.trim().normalize('NFC');
  const height = heightOf(notBefore);
  const wrong = heightProblem(notBefore, way, plan.height);
  const isAsking =
    start.isPending || (asked !== undefined && (fate === undefined || fate.status === 'pooled'));
  const refusal =
    blocked ??
    (way === 'own'
      ? ownBlocked
      : (adminRefusal(holder) ?? (text === '' ? 'Say why, for the other members and for ever.' : undefined)));
  const begin = () => {
    const timing = height === undefined ? {} : { notBefore: height };
    start.mutate(
      { kind: 'consensus', ...timing, ...(way === 'ballots' ? { byBallots: true } : {}) },
      { onSuccess: ({ action }) => propose(signing, action, text) },
    );
  };
  return (
    <Card title="Begin">
      <form
        className={forms.form}
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <p>
          n {validators.n}, f {validators.f}, Q {validators.q}, before and after: one validator gets another
          key. If it does not come up with it, that is the one fault that the network bears. {reachable} of{' '}
          {validators.n} are reachable now.
        </p>
        {warning !== undefined && (
          <p className={cx(forms.note, forms.warn)} role="status">
            <StatusIcon kind="lagging" />
            <span>{warning}</span>
          </p>
        )}
        <div className={forms.row}>
          <span>Who decides</span>
          <Segmented label="Who decides" value={way} options={ways} onChange={setWay} />
        </div>
        <p className={forms.muted}>
          {way === 'own'
            ? 'The old key asks for it, at once and without anybody’s consent.'
            : 'For an old key that is lost, or may be in other hands: the members decide. The node makes the new key and proves that it has it; you sign the proposal.'}
        </p>
        {way === 'ballots' && <TextField label="Reason" value={reason} onChange={setReason} rows={2} />}
        <TextField
          label="Not before block"
          value={notBefore}
          onChange={setNotBefore}
          hint={`Optional. The chain is at ${plan.height}; the old key alone may ask for up to ${rotationAheadMax} blocks ahead.`}
          problem={wrong}
        />
        <div className={forms.row}>
          <Button
            type="submit"
            look={signing.prepared === undefined ? 'primary' : 'secondary'}
            isDisabled={refusal !== undefined || wrong !== undefined || isAsking}
          >
            {isAsking ? 'Making the key…' : 'Make the new key'}
          </Button>
          <span className={forms.muted}>{refusal}</span>
        </div>
        {isAsking && (
          <Status kind="pending">Encrypting its file takes a second or two, longer on a busy machine</Status>
        )}
        {start.error !== null && <ErrorPanel error={start.error} />}
        <Refused fate={fate} />
      </form>
    </Card>
  );
}

/** What the old key asked for is decided on the ledger. */
function Refused({ fate }: { fate: TransactionStatusJson | undefined }) {
  if (fate === undefined || fate.status === 'pooled') return null;
  if (fate.status !== 'certified') return <p role="alert">The request is {fate.status}: begin again.</p>;
  const { outcome } = fate;
  if (outcome.status === 'succeeded') return null;
  return (
    <p className={cx(forms.note, forms.refused)} role="alert">
      <StatusIcon kind="failed" />
      <span>
        {outcome.headline ?? 'The ledger refused it.'} <code>{outcome.code}</code> {outcome.next}
      </span>
    </p>
  );
}

const announceStart = ({ transaction }: KeysRotateJson): void =>
  announce(
    transaction === undefined ? 'The key is made: review the proposal' : 'The old key asked for the new one',
  );

/** What the node proved, for the members to decide: reviewed and signed like any proposal. */
function propose(signing: Signing, action: KeysRotateJson['action'], reason: string): void {
  if (action === undefined) return;
  signing.review('governance.propose', {
    actions: [{ kind: action.kind, args: decode(fromBase64Url(action.args)) }],
    reason,
    expiresAt: Date.now() + openMs,
  });
}
