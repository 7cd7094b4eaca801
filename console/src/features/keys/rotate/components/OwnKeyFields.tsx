import { Button as AriaButton } from 'react-aria-components/Button';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { ClientError } from '../../../../../../shared/client/client-error.ts';
import { Button, buttonClass } from '../../../../components/Button.tsx';
import { ErrorPanel } from '../../../../components/ErrorPanel.tsx';
import { Hash } from '../../../../components/Hash.tsx';
import { Status, StatusIcon } from '../../../../components/Status.tsx';
import { TextField } from '../../../../components/TextField.tsx';
import { cx } from '../../../../lib/cx.ts';
import { GatewayError } from '../../../../lib/gateway-error.ts';
import forms from '../../../proposals/Proposals.module.css';
import { type ChosenFile, type OwnKey, passphraseLengthMin } from '../useOwnKey.ts';

export interface OwnKeyFieldsProps {
  readonly own: OwnKey;
  readonly validator: string;
}

/** What the step needs: a passphrase, the file and its passphrase, or a look at what will be handed over. */
export function OwnKeyFields({ own, validator }: OwnKeyFieldsProps) {
  const { error } = own;
  const isNamed = error instanceof GatewayError || error instanceof ClientError;
  const problem = isNamed || error === undefined ? undefined : wordsOf(error);
  return (
    <div className={forms.form} data-own-key={own.step}>
      {own.step === 'make' && <MakeFields own={own} validator={validator} problem={problem} />}
      {own.step === 'open' && <OpenFields own={own} problem={problem} />}
      {own.step === 'ready' && <Ready own={own} validator={validator} />}
      {isNamed && <ErrorPanel error={error} />}
    </div>
  );
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface FieldsProps {
  readonly own: OwnKey;
  readonly problem: string | undefined;
}

function MakeFields({ own, validator, problem }: FieldsProps & Pick<OwnKeyFieldsProps, 'validator'>) {
  const { passphrase, again } = own;
  const differs = again !== '' && again !== passphrase;
  return (
    <>
      <p className={forms.muted}>
        This browser makes the key and downloads it as an encrypted file, which you then open again. After
        that you sign for it with your own key, and it goes to {validator}’s node, encrypted so that nothing
        in between can read it.
      </p>
      <TextField
        label="Passphrase of the new key"
        type="password"
        autoComplete="new-password"
        value={passphrase}
        onChange={own.setPassphrase}
        hint={`At least ${passphraseLengthMin} characters. Nobody can recover it.`}
      />
      <TextField
        label="The same again"
        type="password"
        autoComplete="new-password"
        value={again}
        onChange={own.setAgain}
        problem={problem ?? (differs ? 'The two differ.' : undefined)}
      />
    </>
  );
}

function OpenFields({ own, problem }: FieldsProps) {
  const { made, file, passphrase } = own;
  if (made === undefined) return null;
  // Until the other file is read, there is none: the one before is not opened in its place.
  const chooseFrom = (files: FileList | null) => {
    own.choose(undefined);
    void textOf(files).then(own.choose);
  };
  return (
    <>
      <div className={forms.row}>
        <Status kind="pending">Downloaded, not opened again yet</Status>
        <Hash value={made.publicKey} name="new public key" />
      </div>
      <div className={forms.row}>
        <FileTrigger onSelect={chooseFrom}>
          <AriaButton className={buttonClass('secondary')} autoFocus>
            Choose the downloaded file
          </AriaButton>
        </FileTrigger>
        <span className={forms.muted}>{file?.name ?? made.name}</span>
      </div>
      <TextField
        label="Passphrase of the new key"
        type="password"
        autoComplete="current-password"
        value={passphrase}
        onChange={own.setPassphrase}
        problem={problem}
        hint="The one that you have just chosen."
      />
      <div className={forms.row}>
        <Button look="quiet" onPress={own.download}>
          Download it again
        </Button>
        <Button look="quiet" onPress={own.restart}>
          Make another key
        </Button>
      </div>
    </>
  );
}

function Ready({ own: { made, restart }, validator }: OwnKeyFieldsProps) {
  if (made === undefined) return null;
  return (
    <>
      <div className={forms.row}>
        <Status kind="reported">The file opens, and holds this key</Status>
        <Hash value={made.publicKey} name="new public key" />
        <Button look="quiet" onPress={restart}>
          Make another key
        </Button>
      </div>
      <p className={cx(forms.note, forms.warn)}>
        <StatusIcon kind="lagging" />
        <span>
          Whoever has {made.name} and its passphrase can vote as {validator}. Keep both as you keep the keys
          of the node, or destroy them; never start a second node with them.
        </span>
      </p>
    </>
  );
}

async function textOf(files: FileList | null): Promise<ChosenFile | undefined> {
  const [file] = files ?? [];
  return file && { name: file.name, text: await file.text() };
}
