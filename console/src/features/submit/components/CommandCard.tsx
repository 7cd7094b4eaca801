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
import { type AssetForm, memoProtocol } from '../asset-command.ts';
import {
  type AppendForm,
  type CommandForm,
  commandOf,
  lifetimeMs,
  type RawForm,
  withPayload,
} from '../command.ts';
import type { Prepared } from '../key-protocol.ts';
import type { Problems } from '../problems.ts';
import { AppendFields } from './AppendFields.tsx';
import { AssetFields } from './AssetFields.tsx';
import styles from './KeyCard.module.css';

const kinds = [
  { value: 'append', label: 'Append an event' },
  { value: 'asset', label: 'Assets' },
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
  const [kind, setKind] = useState<CommandForm['kind']>(params.has('asset') ? 'asset' : 'append');
  const [append, setAppend] = useState(() => emptyAppend(params.get('stream') ?? ''));
  const [asset, setAsset] = useState(() => emptyAsset(params.get('asset') ?? ''));
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
    return chosen === 'asset' ? offered(asset, takesMemo) : raw;
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
        {kind === 'asset' && (
          <AssetFields form={asset} onChange={setAsset} problems={problems} takesMemo={takesMemo} />
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
  labels: '',
  references: '',
  eventId: '',
});
const emptyAsset = (asset: string): AssetForm => ({
  kind: 'asset',
  verb: 'transfer',
  asset,
  to: '',
  amount: '',
  memo: '',
  name: '',
  decimals: '0',
});

/** Without what the network's protocol does not take, and the form does not show. */
const offered = (form: AssetForm, takesMemo: boolean): AssetForm =>
  takesMemo ? form : { ...form, memo: '' };

interface RawFieldsProps {
  readonly form: RawForm;
  readonly onChange: (form: RawForm) => void;
  readonly problems: Problems;
}

function RawFields({ form, onChange, problems }: RawFieldsProps) {
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
