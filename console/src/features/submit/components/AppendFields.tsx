import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { JsonView } from '../../../components/JsonView.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { SelectField } from '../../../components/SelectField.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { formatCount } from '../../../lib/format.ts';
import { streamSchemaQuery } from '../api/schema.ts';
import type { AppendForm } from '../command.ts';
import type { Problems } from '../problems.ts';
import { type DataField, dataOf, schemaForm, type Typed } from '../schema-form.ts';
import styles from './KeyCard.module.css';

/** A name is asked for once it is not being typed any more. */
const settledMs = 400;

export interface AppendFieldsProps {
  readonly form: AppendForm;
  readonly onChange: (form: AppendForm) => void;
  readonly problems: Problems;
}

/** An event, by the schema of its stream where the members have set one. */
export function AppendFields({ form, onChange, problems }: AppendFieldsProps) {
  const asked = useSchemaOf(form.stream);
  const { types, fields } = schemaForm(asked?.schema);
  const [way, setWay] = useState<'fields' | 'json'>('fields');
  const byFields = fields !== undefined && way === 'fields';
  return (
    <>
      <TextField
        label="Stream"
        value={form.stream}
        onChange={(stream) => onChange({ ...form, stream })}
        problem={problems.stream}
        hint="A new name begins a new stream."
      />
      {asked !== undefined && (
        <details>
          <summary>The members ask something of its events, since block {formatCount(asked.since)}</summary>
          <JsonView value={asked.schema} />
        </details>
      )}
      {types === undefined ? (
        <TextField
          label="Type"
          value={form.type}
          onChange={(type) => onChange({ ...form, type })}
          problem={problems.type}
          placeholder="delivered"
        />
      ) : (
        <SelectField
          label="Type"
          value={form.type}
          onChange={(type) => onChange({ ...form, type })}
          hint={problems.type}
          options={chosenOf(types)}
        />
      )}
      {fields !== undefined && (
        <div>
          <Segmented label="Way to write the data" value={way} options={ways} onChange={setWay} />
        </div>
      )}
      {byFields ? (
        <DataFields
          fields={fields}
          isReviewed={problems.data !== undefined}
          onChange={(data) => onChange({ ...form, data })}
        />
      ) : (
        <TextField
          label="Data (JSON)"
          value={form.data}
          onChange={(data) => onChange({ ...form, data })}
          problem={problems.data}
          rows={6}
          code
        />
      )}
      <TextField
        label="Labels"
        value={form.labels}
        onChange={(labels) => onChange({ ...form, labels })}
        problem={problems.labels}
        rows={2}
        hint="One a line, such as port=Antwerp: what readers filter by."
      />
      <TextField
        label="References"
        value={form.references}
        onChange={(references) => onChange({ ...form, references })}
        rows={2}
        hint="One a line, such as orders/7@0 or the id of a transaction: what this event comes from."
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

const ways = [
  { value: 'fields', label: 'Fields' },
  { value: 'json', label: 'JSON' },
] as const;

const chosenOf = (words: readonly string[]) => [
  { value: '', label: 'Choose' },
  ...words.map((word) => ({ value: word, label: word })),
];

function useSchemaOf(typed: string) {
  const name = typed.trim().normalize('NFC');
  const [stream, setStream] = useState(name);
  useEffect(() => {
    const timer = setTimeout(() => setStream(name), settledMs);
    return () => clearTimeout(timer);
  }, [name]);
  const { data } = useQuery({ ...streamSchemaQuery(stream), enabled: stream !== '' });
  return stream === name ? (data ?? undefined) : undefined;
}

interface DataFieldsProps {
  readonly fields: readonly DataField[];
  /** Then what is missing is told as well. */
  readonly isReviewed: boolean;
  /** JSON text; empty while something is missing or wrong. */
  readonly onChange: (data: string) => void;
}

function DataFields({ fields, isReviewed, onChange }: DataFieldsProps) {
  const [typed, setTyped] = useState<Typed>({});
  const result = dataOf(fields, typed);
  const change = (name: string, value: string) => {
    const next = { ...typed, [name]: value };
    setTyped(next);
    const data = dataOf(fields, next);
    onChange(data.ok ? JSON.stringify(data.data, null, 2) : '');
  };
  // What stands in the form is what is asked for, from the first moment on.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the fields take the place of JSON
  useEffect(() => onChange(result.ok ? JSON.stringify(result.data, null, 2) : ''), []);
  return (
    <div className={styles.form}>
      {fields.map((field) => {
        const value = typed[field.name] ?? '';
        const isTold = !result.ok && (value !== '' || isReviewed);
        const problem = isTold ? result.problems[field.name] : undefined;
        return (
          <OneField
            key={field.name}
            field={field}
            value={value}
            problem={problem}
            onChange={(next) => change(field.name, next)}
          />
        );
      })}
    </div>
  );
}

interface OneFieldProps {
  readonly field: DataField;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

function OneField({ field, value, problem, onChange }: OneFieldProps) {
  const { name, choices, isRequired, hint } = field;
  const label = isRequired ? name : `${name} (optional)`;
  if (choices.length === 0)
    return (
      <TextField label={label} value={value} onChange={onChange} problem={problem} {...(hint && { hint })} />
    );
  return (
    <SelectField
      label={label}
      value={value}
      onChange={onChange}
      hint={problem ?? (hint || undefined)}
      options={chosenOf(choices)}
    />
  );
}
