import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { Button } from '../../../components/Button.tsx';
import { Card } from '../../../components/Card.tsx';
import { ErrorPanel } from '../../../components/ErrorPanel.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { attachmentOf } from '../../payloads/attachment.ts';
import { PayloadFields } from '../../payloads/components/PayloadFields.tsx';
import { emptyPayload, type PayloadProblems, problemsOf } from '../../payloads/payload-form.ts';
import { prepare } from '../api/key-holder.ts';
import {
  type AppendForm,
  type CommandForm,
  commandOf,
  lifetimeMs,
  type Problems,
  type TransferForm,
  withPayload,
} from '../command.ts';
import type { Prepared } from '../key-protocol.ts';
import styles from './KeyCard.module.css';

const kinds = [
  { value: 'append', label: 'Append an event' },
  { value: 'transfer', label: 'Transfer an asset' },
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
  const [problems, setProblems] = useState<Problems>({});
  const [payload, setPayload] = useState(emptyPayload);
  const [payloadProblems, setPayloadProblems] = useState<PayloadProblems>({});
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  const review = async () => {
    const form = kind === 'append' ? { ...append, eventId: crypto.randomUUID() } : transfer;
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
        {kind === 'append' ? (
          <>
            <AppendFields form={append} onChange={setAppend} problems={problems} />
            <PayloadFields form={payload} onChange={setPayload} problems={payloadProblems} />
          </>
        ) : (
          <TransferFields form={transfer} onChange={setTransfer} problems={problems} />
        )}
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
const emptyTransfer = (asset: string): TransferForm => ({ kind: 'transfer', asset, to: '', amount: '' });

interface FieldsProps<Form> {
  readonly form: Form;
  readonly onChange: (form: Form) => void;
  readonly problems: Problems;
}

function AppendFields({ form, onChange, problems }: FieldsProps<AppendForm>) {
  return (
    <>
      <TextField
        label="Stream"
        value={form.stream}
        onChange={(stream) => onChange({ ...form, stream })}
        problem={problems.stream}
        hint="A new name begins a new stream."
      />
      <TextField
        label="Type"
        value={form.type}
        onChange={(type) => onChange({ ...form, type })}
        problem={problems.type}
        placeholder="delivered"
      />
      <TextField
        label="Data (JSON)"
        value={form.data}
        onChange={(data) => onChange({ ...form, data })}
        problem={problems.data}
        rows={6}
        code
      />
      <TextField
        label="Expected revision"
        value={form.expectedRevision}
        onChange={(expectedRevision) => onChange({ ...form, expectedRevision })}
        problem={problems.expectedRevision}
        hint="Revision of the stream's last event as you know it; −1 if it must not exist; empty for no condition."
      />
    </>
  );
}

function TransferFields({ form, onChange, problems }: FieldsProps<TransferForm>) {
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
    </>
  );
}
