import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type {
  KeysPlanJson,
  KeysRotateBodyJson,
  KeysRotateJson,
  TransactionStatusJson,
} from '../../../../../../shared/api.ts';
import { decode } from '../../../../../../shared/codec/dag-cbor.ts';
import { fromBase64Url } from '../../../../../../shared/codec/hex.ts';
import { rotationAheadMax } from '../../../../../../shared/types/epochs.ts';
import { Button } from '../../../../components/Button.tsx';
import { Card } from '../../../../components/Card.tsx';
import { ErrorPanel } from '../../../../components/ErrorPanel.tsx';
import { Hash } from '../../../../components/Hash.tsx';
import { Segmented } from '../../../../components/Segmented.tsx';
import { Status, StatusIcon } from '../../../../components/Status.tsx';
import { TextField } from '../../../../components/TextField.tsx';
import { announce } from '../../../../lib/announce.ts';
import { cx } from '../../../../lib/cx.ts';
import { shortenHash } from '../../../../lib/format.ts';
import { statusQuery, validatorsQuery } from '../../../../lib/queries.ts';
import { useStore } from '../../../../lib/store.ts';
import type { Signing } from '../../../proposals/components/useSigning.tsx';
import { adminRefusal } from '../../../proposals/may.ts';
import forms from '../../../proposals/Proposals.module.css';
import { useHolder } from '../../../proposals/useHolder.ts';
import { sessionQuery } from '../../../sign-in/api/session.ts';
import { forgetSuccessor, openedKey, reviewedHandOver } from '../../../submit/api/key-holder.ts';
import { fateQuery } from '../../../submit/api/submission.ts';
import { handOver, reviewFor } from '../api/hand-over.ts';
import { rotateHere } from '../api/rotation.ts';
import {
  handOverRefusal,
  heightOf,
  heightProblem,
  preflightOf,
  signerRefusal,
  unusedKeyOf,
} from '../rotation-state.ts';
import { type OwnKeyStep, useOwnKey } from '../useOwnKey.ts';
import { HandOverCard } from './HandOverCard.tsx';
import { OwnKeyFields } from './OwnKeyFields.tsx';

const ways = [
  { value: 'own', label: 'The old key' },
  { value: 'ballots', label: 'Ballots' },
] as const;
type Way = (typeof ways)[number]['value'];

const makers = [
  { value: 'node', label: 'The validator’s node' },
  { value: 'browser', label: 'This browser' },
] as const;
type Maker = (typeof makers)[number]['value'];

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

/** What follows from it, what is in the way, who decides and who makes the key; then the node has it, and it is asked for. */
export function BeginCard({ validator, plan, before, signing }: BeginCardProps) {
  const validators = useQuery(validatorsQuery).data;
  const reachable = useQuery(statusQuery).data?.quorum.reachable;
  const [chosen, setWay] = useState<Way | undefined>();
  const [reason, setReason] = useState(before === undefined ? '' : `In place of ${shortenHash(before)}`);
  const [notBefore, setNotBefore] = useState('');
  const holder = useHolder();
  const [maker, setMaker] = useState<Maker>('node');
  const own = useOwnKey(validator);
  const session = useQuery(sessionQuery).data;
  const signer = useStore(openedKey)?.publicKey;
  const reviewed = useStore(reviewedHandOver);
  const review = useMutation({ mutationFn: reviewFor });
  const start = useMutation({ mutationFn: beginWith, onSuccess: announceStart });
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
  const isReady = maker === 'browser' && own.step === 'ready';
  const unused = unusedKeyOf(plan, validator);
  const refusal =
    blocked ??
    (maker === 'browser' ? handOverRefusal(session) : undefined) ??
    (isReady ? signerRefusal(session, signer) : undefined) ??
    (way === 'own'
      ? ownBlocked
      : (adminRefusal(holder) ?? (text === '' ? 'Say why, for the other members and for ever.' : undefined)));
  const begin = () => {
    const timing = height === undefined ? {} : { notBefore: height };
    const key = maker === 'browser' ? own.made?.publicKey : unused;
    const body = {
      kind: 'consensus' as const,
      ...(key === undefined ? {} : { key }),
      ...timing,
      ...(way === 'ballots' ? { byBallots: true } : {}),
    };
    start.mutate(
      { body, isHandedOver: maker === 'browser' },
      { onSuccess: ({ action }) => propose(signing, action, text) },
    );
  };
  const isShown = isReady && reviewed !== undefined;
  return (
    <>
      <Card title="Begin">
        <form
          className={forms.form}
          onSubmit={(event) => {
            event.preventDefault();
            if (maker === 'node') return begin();
            if (!isReady) return own.advance();
            start.reset();
            review.mutate(validator);
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
              : 'For an old key that is lost, or may be in other hands: the members decide. The node proves that it has the new key; you sign the proposal.'}
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
            <span>Made by</span>
            <Segmented label="Made by" value={maker} options={makers} onChange={setMaker} />
          </div>
          {maker === 'node' && <ByNode validator={validator} unused={unused} />}
          {maker === 'browser' && <OwnKeyFields own={own} validator={validator} />}
          <div className={forms.row}>
            <Button
              key={maker === 'node' ? maker : own.step}
              type="submit"
              look={signing.prepared === undefined && !isShown ? 'primary' : 'secondary'}
              autoFocus={isReady}
              isDisabled={
                refusal !== undefined ||
                wrong !== undefined ||
                isAsking ||
                review.isPending ||
                (maker === 'browser' && (own.isBusy || !own.isComplete))
              }
            >
              {labelOf({
                maker,
                step: own.step,
                isBusy: isAsking || own.isBusy,
                isReviewing: review.isPending,
                isTaken: unused !== undefined,
              })}
            </Button>
            <span className={forms.muted}>{refusal}</span>
          </div>
          {(isAsking || (maker === 'browser' && own.isBusy)) && (
            <Status kind="pending">
              Encrypting its file takes a second or two, longer on a busy machine
            </Status>
          )}
          {review.error !== null && <ErrorPanel error={review.error} />}
          {start.error !== null && <ErrorPanel error={start.error} />}
          <Refused fate={fate} />
        </form>
      </Card>
      {isShown && (
        <HandOverCard
          reviewed={reviewed}
          validator={validator}
          isDisabled={refusal !== undefined || wrong !== undefined || isAsking}
          onSign={begin}
        />
      )}
    </>
  );
}

interface Beginning {
  readonly body: KeysRotateBodyJson;
  /** The key was made here, and goes to the node first, as it was reviewed. */
  readonly isHandedOver: boolean;
}

async function beginWith({ body, isHandedOver }: Beginning): Promise<KeysRotateJson> {
  if (isHandedOver && body.key !== undefined) await handOver(body.key);
  const answer = await rotateHere(body);
  await forgetSuccessor();
  return answer;
}

function ByNode({ validator, unused }: { validator: string; unused: string | undefined }) {
  if (unused === undefined)
    return <p className={forms.muted}>{validator}’s node, or its signer, makes the key and keeps it.</p>;
  return (
    <p className={forms.muted}>
      {validator}’s node has a key that nobody asked for yet, and takes it up:{' '}
      <Hash value={unused} name="unused key" />
    </p>
  );
}

interface Labelled {
  readonly maker: Maker;
  readonly step: OwnKeyStep;
  readonly isBusy: boolean;
  /** The node is asked for a recipient. */
  readonly isReviewing: boolean;
  /** A key is there that is taken up. */
  readonly isTaken: boolean;
}

function labelOf({ maker, step, isBusy, isReviewing, isTaken }: Labelled): string {
  if (maker === 'node') {
    if (isTaken) return isBusy ? 'Asking for it…' : 'Ask for this key';
    return isBusy ? 'Making the key…' : 'Make the new key';
  }
  switch (step) {
    case 'make':
      return isBusy ? 'Making the key…' : 'Make and download the key';
    case 'open':
      return isBusy ? 'Opening…' : 'Open the file again';
    case 'ready':
      if (isReviewing) return 'Asking the node…';
      return isBusy ? 'Handing it over…' : 'Review the hand-over';
  }
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
