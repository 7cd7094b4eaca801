import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { GovernedActionJson } from '../../../../../shared/api.ts';
import type { ActionKind } from '../../../../../shared/types/governance.ts';
import { Button } from '../../../components/Button.tsx';
import { Segmented } from '../../../components/Segmented.tsx';
import { SelectField } from '../../../components/SelectField.tsx';
import { TextField } from '../../../components/TextField.tsx';
import { validatorsQuery } from '../../../lib/queries.ts';
import { allIdentitiesQuery, membersQuery } from '../../members/api/members.ts';
import { actionForms, actionOf, type Field, formKinds, rawActions, type Typed } from '../action-forms.ts';
import styles from '../Proposals.module.css';

const ways = [
  { value: 'form', label: 'Form' },
  { value: 'raw', label: 'Raw' },
] as const;

/** One action by its form, or any of them as JSON. */
export function ActionForm({ onAdd }: { onAdd: (actions: readonly GovernedActionJson[]) => void }) {
  const [way, setWay] = useState<'form' | 'raw'>('form');
  return (
    <div className={styles.stack}>
      <div>
        <Segmented label="Way to write an action" value={way} options={ways} onChange={setWay} />
      </div>
      {way === 'form' ? <FieldsForm onAdd={onAdd} /> : <RawForm onAdd={onAdd} />}
    </div>
  );
}

function FieldsForm({ onAdd }: { onAdd: (actions: readonly GovernedActionJson[]) => void }) {
  const [kind, setKind] = useState<ActionKind>(formKinds[0] as ActionKind);
  const [typed, setTyped] = useState<Typed>({});
  const [problems, setProblems] = useState<Typed>({});
  const choose = (next: string) => {
    setKind(next as ActionKind);
    setTyped({});
    setProblems({});
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        const result = actionOf(kind, typed);
        setProblems(result.ok ? {} : result.problems);
        if (!result.ok) return;
        onAdd([result.action]);
        setTyped({});
      }}
    >
      <SelectField
        label="Action"
        value={kind}
        onChange={choose}
        options={formKinds.map((value) => ({ value, label: value }))}
        hint="All others can be written as JSON under Raw."
      />
      <div className={styles.fields}>
        {(actionForms[kind] ?? []).map((field) => (
          <ActionField
            key={field.path}
            field={field}
            value={typed[field.path] ?? ''}
            problem={problems[field.path]}
            onChange={(value) => setTyped({ ...typed, [field.path]: value })}
          />
        ))}
      </div>
      <div>
        <Button type="submit">Add the action</Button>
      </div>
    </form>
  );
}

interface ActionFieldProps {
  readonly field: Field;
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (value: string) => void;
}

function ActionField({ field, value, problem, onChange }: ActionFieldProps) {
  const { label, hint, among, optional } = field;
  const name = optional ? `${label} (optional)` : label;
  const words = useWords(among);
  if (words === undefined) {
    return (
      <TextField label={name} value={value} onChange={onChange} problem={problem} {...(hint && { hint })} />
    );
  }
  return (
    <SelectField
      label={name}
      value={value}
      onChange={onChange}
      hint={problem ?? hint}
      options={[{ value: '', label: 'Choose' }, ...words.map((word) => ({ value: word, label: word }))]}
    />
  );
}

/** What there is to choose among; undefined for free text. */
function useWords(among: Field['among']): readonly string[] | undefined {
  const members = useQuery({ ...membersQuery, enabled: among === 'members' });
  const validators = useQuery({ ...validatorsQuery, enabled: among === 'validators' });
  const identities = useQuery({ ...allIdentitiesQuery, enabled: among === 'identities' });
  switch (among) {
    case 'members':
      return members.data?.members.map(({ id }) => id) ?? [];
    case 'validators':
      return validators.data?.validators.map(({ id }) => id) ?? [];
    case 'identities':
      return identities.data ?? [];
    default:
      return among;
  }
}

const example = '{ "kind": "keys.suspect", "args": { "key": "…", "since": { "height": 1 }, "reason": "…" } }';

function RawForm({ onAdd }: { onAdd: (actions: readonly GovernedActionJson[]) => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | undefined>();
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        const actions = rawActions(text);
        setProblem(
          actions === undefined
            ? 'JSON with kind and args: one action, a list of them, or what the command line prints with --print --json.'
            : undefined,
        );
        if (actions === undefined) return;
        onAdd(actions);
        setText('');
      }}
    >
      <TextField
        label="Actions (JSON)"
        value={text}
        onChange={setText}
        problem={problem}
        rows={8}
        code
        placeholder={example}
        hint="Keys and incarnations in hex, proofs of possession in base64url."
      />
      <div>
        <Button type="submit">Add the actions</Button>
      </div>
    </form>
  );
}
