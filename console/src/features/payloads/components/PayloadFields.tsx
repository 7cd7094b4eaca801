import { Button as AriaButton } from 'react-aria-components/Button';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { Button, buttonClass } from '../../../components/Button.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { formatBytes } from '../../../lib/format.ts';
import type { PayloadForm, PayloadProblems } from '../payload-form.ts';
import styles from './Payloads.module.css';
import { RecipientPicker } from './RecipientPicker.tsx';

export interface PayloadFieldsProps {
  readonly form: PayloadForm;
  readonly onChange: (form: PayloadForm) => void;
  readonly problems: PayloadProblems;
}

const kinds = [
  { value: 'none', label: 'None' },
  { value: 'confidential', label: 'Confidential' },
] as const;

/** Content beside the event, for those who are chosen. */
export function PayloadFields({ form, onChange, problems }: PayloadFieldsProps) {
  return (
    <section className={styles.fields} aria-label="Payload">
      <div className={styles.row}>
        <span className={styles.label}>Payload</span>
        <Segmented
          label="Payload"
          value={form.kind}
          options={kinds}
          onChange={(kind) => onChange({ ...form, kind })}
        />
      </div>
      {form.kind === 'none' ? (
        <p className={styles.muted}>
          What the event says is for all who read the stream. Confidential content goes beside it, encrypted.
        </p>
      ) : (
        <>
          <Content form={form} onChange={onChange} problem={problems.content} />
          <RecipientPicker
            label="Who may read it"
            hint="Choose yourself, too, if you want to read it again."
            chosen={form.recipients}
            onChange={(recipients) => onChange({ ...form, recipients })}
            problem={problems.recipients}
          />
          <label className={styles.choice}>
            <input
              type="checkbox"
              checked={form.erasable}
              onChange={({ target }) => onChange({ ...form, erasable: target.checked })}
            />
            <span>Members may decide to erase it</span>
          </label>
        </>
      )}
    </section>
  );
}

function Content({
  form,
  onChange,
  problem,
}: {
  form: PayloadForm;
  onChange: (form: PayloadForm) => void;
  problem: string | undefined;
}) {
  const { file } = form;
  const choose = async (chosen: File | undefined) => {
    if (chosen === undefined) return;
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    onChange({ ...form, file: { name: chosen.name, bytes } });
  };
  return (
    <>
      {file === undefined ? (
        <TextField
          label="Confidential content"
          value={form.text}
          onChange={(text) => onChange({ ...form, text })}
          problem={problem}
          rows={4}
        />
      ) : (
        <p>
          {file.name}, {formatBytes(file.bytes.length)}
          {problem !== undefined && <span className={styles.problem}> {problem}</span>}
        </p>
      )}
      <div className={styles.row}>
        <FileTrigger onSelect={(files) => void choose(files?.[0])}>
          <AriaButton className={buttonClass('secondary')}>Choose a file</AriaButton>
        </FileTrigger>
        {file !== undefined && (
          <Button look="quiet" onPress={() => onChange({ ...form, file: undefined })}>
            Write text instead
          </Button>
        )}
        <span className={styles.muted}>Up to 1 MiB, encrypted in this browser.</span>
      </div>
    </>
  );
}
