import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { statusQuery } from '../../../lib/queries.ts';
import { attachmentOf } from '../../payloads/attachment.ts';
import { PayloadFields } from '../../payloads/components/PayloadFields.tsx';
import { emptyPayload, type PayloadProblems, problemsOf } from '../../payloads/payload-form.ts';
import { prepare } from '../api/key-holder.ts';
import {
  type AppendForm,
  type CommandForm,
  commandOf,
  lifetimeMs,
  memoProtocol,
  type Problems,
  type RawForm,
  type TransferForm,
  withPayload,
} from '../command.ts';
import type { Prepared } from '../key-protocol.ts';
import { AppendFields } from './AppendFields.tsx';
import styles from './KeyCard.module.css';

const kinds = [
  { value: 'append', label: 'Append an event' },
  { value: 'transfer', label: 'Transfer an asset' },
  { value: 'raw', label: 'Raw' },
] as const;

export interface CommandCardProps {
  readonly canSign: boolean;
  readonly network: string | undefined;
  /** Then signing is the next step, and reviewing again is not. */
  readonly isReviewed: boolean;
  readonly onPrepared: (prepared: Prepared) => void;
}

export function CommandCard({ canSign, network, isReviewed, onPrepared }: CommandCardProps) {
  const [params] = useSearchParams();
  const [kind, setKind] = useState<CommandForm['kind']>(params.has('asset') ? 'transfer' : 'append');
  const [append, setAppend] = useState(() => emptyAppend(params.get('stream') ?? ''));
  const [transfer, setTransfer] = useState(() => emptyTransfer(params.get('asset') ?? ''));
  const [raw, setRaw] = useState<RawForm>({ kind: 'raw', action: '', args: '' });
  const [problems, setProblems] = useState<Problems>({});
  const [payload, setPayload] = useState(emptyPayload);
  const [payloadProblems, setPayloadProblems] = useState<PayloadProblems>({});
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const { protocol } = useQuery(statusQuery).data ?? {};
  const takesMemo = protocol !== undefined && protocol.inForce >= memoProtocol;

  const formOf = (chosen: CommandForm['kind']): CommandForm => {
    if (chosen === 'append') return { ...append, eventId: crypto.randomUUID() };
    return chosen === 'transfer' ? offered(transfer, takesMemo) : raw;
  };
  const review = async () => {
    const form = formOf(kind);
    const command = commandOf(form);
    const beside = kind === 'append' ? payload : emptyPayload;
    const besideProblems = problemsOf(beside);
    setProblems(command.ok ? {} : command.problems);
    setPayloadProblems(besideProblems);
    if (!command.ok || network === undefined || Object.keys(besideProblems).length > 0) return;
    const attachment = beside.kind === 'none' ? undefined : await attachmentOf(beside);
    const { action } = command;
    const args = attachment === undefined ? command.args : withPayload(command.args, attachment.payload);
    const fields = { network, action, args, expiresAt: Date.now() + lifetimeMs };
    onPrepared(await prepare(fields, attachment === undefined ? [] : [attachment.bytes]));
  };
  const submit = () => {
    setBusy(true);
    setFailure(undefined);
    review()
      .catch(setFailure)
      .finally(() => setBusy(false));
  };

  return (
    <Card
      title="Command"
      aside={<Segmented label="Command" value={kind} options={kinds} onChange={setKind} />}
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {kind === 'append' && (
          <>
            <AppendFields form={append} onChange={setAppend} problems={problems} />
            <PayloadFields form={payload} onChange={setPayload} problems={payloadProblems} />
          </>
        )}
        {kind === 'transfer' && (
          <TransferFields form={transfer} onChange={setTransfer} problems={problems} takesMemo={takesMemo} />
        )}
        {kind === 'raw' && <RawFields form={raw} onChange={setRaw} problems={problems} />}
        {failure !== undefined && <ErrorPanel error={failure} />}
        <div className={styles.file}>
          <Button type="submit" look={isReviewed ? 'secondary' : 'primary'} isDisabled={!canSign || isBusy}>
            {isBusy && payload.kind === 'confidential' ? 'Encrypting…' : 'Review'}
          </Button>
          {!canSign && <span className={styles.muted}>Open or create a key first.</span>}
        </div>
      </form>
    </Card>
  );
}

const emptyAppend = (stream: string): AppendForm => ({
  kind: 'append',
  stream,
  type: '',
  data: '{\n  \n}',
  expectedRevision: '',
  eventId: '',
});
const emptyTransfer = (asset: string): TransferForm => ({
  kind: 'transfer',
  asset,
  to: '',
  amount: '',
  memo: '',
});

/** Without what the network's protocol does not take, and the form does not show. */
const offered = (form: TransferForm, takesMemo: boolean): TransferForm =>
  takesMemo ? form : { ...form, memo: '' };

interface FieldsProps<Form> {
  readonly form: Form;
  readonly onChange: (form: Form) => void;
  readonly problems: Problems;
}

function TransferFields({
  form,
  onChange,
  problems,
  takesMemo,
}: FieldsProps<TransferForm> & { takesMemo: boolean }) {
  return (
    <>
      <TextField
        label="Asset"
        value={form.asset}
        onChange={(asset) => onChange({ ...form, asset })}
        problem={problems.asset}
      />
      <TextField
        label="To"
        value={form.to}
        onChange={(to) => onChange({ ...form, to })}
        problem={problems.to}
        hint="Identity id of the receiver."
      />
      <TextField
        label="Amount"
        value={form.amount}
        onChange={(amount) => onChange({ ...form, amount })}
        problem={problems.amount}
        hint="In the asset's smallest unit."
      />
      {takesMemo && (
        <TextField
          label="Memo"
          value={form.memo}
          onChange={(memo) => onChange({ ...form, memo })}
          problem={problems.memo}
          hint="What people shall read beside it, such as the number of an invoice; on the ledger for ever, for all readers. Empty for none."
        />
      )}
    </>
  );
}

function RawFields({ form, onChange, problems }: FieldsProps<RawForm>) {
  return (
    <>
      <TextField
        label="Action"
        value={form.action}
        onChange={(action) => onChange({ ...form, action })}
        problem={problems.action}
        placeholder="assets.define"
      />
      <TextField
        label="Arguments (JSON)"
        value={form.args}
        onChange={(args) => onChange({ ...form, args })}
        problem={problems.args}
        rows={8}
        code
        placeholder='{ "asset": "gold", "decimals": 2 }'
        hint="Keys in hex, proofs of possession in base64url. What is signed is shown before it is."
      />
    </>
  );
}
